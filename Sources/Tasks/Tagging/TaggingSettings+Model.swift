import Compute
import Corpora
import Networks
import Runs

extension TaggingSettings {
  /// The tagger that the settings describe. Throws a `UserError` for a precision that the processor
  /// lacks.
  func tagger(_ vocabularies: TaggingVocabularies) throws -> Tagger<Float> {
    Tagger(
      try configuration(vocabularies), further: vocabularies.words.further,
      freezesWords: data.vectors.freezeEmbeddings, precision: try train.checkedPrecision)
  }

  private func configuration(_ vocabularies: TaggingVocabularies) throws -> TaggerConfiguration {
    let tags = vocabularies.tags.labels.count
    let head: TaggerConfiguration.Head =
      switch model.head {
      case .softmax: .softmax(tags: tags)
      case .crf: .crf(tags: tags)
      case .sigmoid: .sigmoid
      }
    return TaggerConfiguration(
      words: .init(count: vocabularies.words.vocabulary.count, size: model.embedding),
      characters: vocabularies.characters.map {
        .init(
          table: .init(count: $0.count, size: model.characterEmbedding),
          hiddenSize: model.characters)
      },
      features: vocabularies.features.map { .init(count: $0.count, size: model.featureEmbedding) },
      windowRadius: model.window, inputDropout: model.inputDropout,
      stack: try model.stack.configuration(inputSize: 1),
      selfAttention: .init(rawValue: model.selfAttention), head: head,
      intentCount: vocabularies.intents?.count ?? 0)
  }
}
