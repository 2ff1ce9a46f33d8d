import Runs

/// The tasks that come with Unroll: a line each, in the order in which they are listed.
package enum StandardTasks {
  package static func register() {
    TaskRegistry.register(
      LanguageModelTask.self,
      ConditionalTextTask.self,
      TranscriptionTask.self,
      TranslationTask.self,
      AutoencodingTask.self,
      AnsweringTask.self,
      ClassificationTask.self,
      TaggingTask.self,
      RegressionTask.self,
      CompositionTask.self,
      MemoryProblemTask.self,
      MemoryRecallTask.self)
  }
}
