/// A language model training from configuration to finished run folder.
public typealias LanguageModelRun = TrainingRun<LanguageModelJob>
