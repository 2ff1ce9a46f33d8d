/// A language model training from configuration to finished run folder.
package typealias LanguageModelRun = TrainingRun<LanguageModelJob>
