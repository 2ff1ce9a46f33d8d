import Compute
import Networks
import Runs

extension AnsweringSettings {
  /// The network that the settings describe. Throws a `UserError` for a precision that the processor
  /// lacks.
  func network(words: Int, answers: Int) throws -> MemoryNetwork<Float> {
    let shape = MemoryNetworkConfiguration(
      vocabularyCount: words, embeddingSize: model.embedding, encoder: model.encoder,
      stack: try model.stack.configuration(inputSize: 1), fusionSize: model.fusion,
      ageCount: model.ages, score: .init(rawValue: model.attention) ?? .general,
      hopCount: model.hops, answerCount: answers)
    return MemoryNetwork(shape, precision: try train.checkedPrecision)
  }
}
