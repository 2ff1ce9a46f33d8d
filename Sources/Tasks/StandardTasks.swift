import Runs

/// The tasks that come with Unroll: a line each.
package enum StandardTasks {
  package static func register() {
    TaskRegistry.register(
      LanguageModelTask.self, ConditionalTextTask.self,
      AnsweringTask.self,
      ClassificationTask.self,
      TaggingTask.self,
      RegressionTask.self, CompositionTask.self, MemoryProblemTask.self)
  }
}
