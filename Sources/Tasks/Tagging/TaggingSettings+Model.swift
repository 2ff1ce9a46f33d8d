import Compute
import Networks
import Runs

extension TaggingSettings {
  /// The tagger that the settings describe. Throws a `UserError`, before any memory is taken, for more
  /// weights than the machine can hold and for a precision that the processor lacks.
  func tagger(_ vocabularies: TaggingVocabularies, seed: UInt64) throws -> Tagger<Float> {
    let shape = try configuration(vocabularies)
    var memory = WeightMemory()
    memory.add(shape.stack)
    for table in [shape.words] + shape.features { memory.add(table: table.count, table.size) }
    if let characters = shape.characters {
      memory.add(table: characters.table.count, characters.table.size)
      memory.add(
        StackConfiguration(
          inputSize: characters.table.size, hiddenSize: characters.hiddenSize,
          isBidirectional: true))
    }
    memory.add(selfAttention: shape.selfAttention, shape.stack.outputSize)
    memory.add(matrix: shape.featureSize, shape.head.outputCount + shape.intentCount)
    try memory.check()
    return Tagger(shape, precision: try train.checkedPrecision, seed: seed)
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
      words: .init(count: vocabularies.words.count, size: model.embedding),
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
