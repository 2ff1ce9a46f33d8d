import Runs

/// The tasks that come with Unroll: a line each.
package enum StandardTasks {
  package static func register() {
    TaskRegistry.register(
      LanguageModelTask.self, ConditionalTextTask.self, ClassificationTask.self,
      RegressionTask.self, CompositionTask.self, MemoryProblemTask.self,
      AutoencodingTask.self)
  }
}
