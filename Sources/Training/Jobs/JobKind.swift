import Compute

/// The jobs by name: one line registers a job everywhere, from `unroll train` to resuming.
package enum JobKind: String, Sendable, CaseIterable {
  case languageModel = "lm"
  case conditionalText = "lm-condition"
  case classification = "classify"
  case regression = "regress"
  case composition = "compose"
  case synthetic
  case recall
  case tagging = "tag"
  case transcription = "transcribe"
  case answering = "answer"
  case translation = "translate"
  case autoencoding = "autoencode"

  package var job: any TrainingJob.Type {
    switch self {
    case .languageModel: LanguageModelJob.self
    case .conditionalText: ConditionalTextJob.self
    case .classification: ClassificationJob.self
    case .regression: RegressionJob.self
    case .composition: CompositionJob.self
    case .synthetic: SyntheticJob.self
    case .recall: RecallJob.self
    case .tagging: TaggingJob.self
    case .transcription: TranscriptionJob.self
    case .answering: AnsweringJob.self
    case .translation: TranslationJob.self
    case .autoencoding: AutoencodingJob.self
    }
  }

  /// What opens a run for `unroll eval` and `unroll predict`; nil where they have ways of their own.
  package var trainedModel: (any TrainedModel.Type)? {
    switch self {
    case .languageModel: nil
    case .conditionalText: TrainedConditionalText.self
    case .classification: TrainedClassifier.self
    case .regression: TrainedRegression.self
    case .composition: TrainedComposer.self
    case .synthetic: TrainedSyntheticTask.self
    case .recall: TrainedRecall.self
    case .tagging: TrainedTagger.self
    case .transcription: TrainedTranscriber.self
    case .answering: TrainedAnswerer.self
    case .translation: TrainedTranslator.self
    case .autoencoding: TrainedAutoencoder.self
    }
  }
}

extension RunFolder {
  /// The job that the run in this folder trains; runs of the first days do not tell, and are `lm`.
  package func jobKind() throws -> JobKind {
    let entries = try ConfigurationFile.read(configuration)
    guard let entry = entries.first(where: { $0.key == CommonSchema.taskKey }) else {
      return .languageModel
    }
    guard case .value(.string(let name)) = entry.found, let kind = JobKind(rawValue: name) else {
      let names = JobKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError(
        "'\(configuration.relativePath)' has an unknown \(CommonSchema.taskKey), expected one of "
          + names, hint: "use the version of unroll that made the run")
    }
    return kind
  }
}
