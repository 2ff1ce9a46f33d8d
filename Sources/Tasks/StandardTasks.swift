import Runs

/// The tasks that come with Unroll: a line each.
package enum StandardTasks {
  package static func register() {
    TaskRegistry.register(
      LanguageModelTask.self,
      ClassificationTask.self)
  }
}
