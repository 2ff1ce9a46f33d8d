import Compute
import Networks
import Runs

extension AnsweringSettings {
  /// The network that the settings describe. Throws a `UserError`, before any memory is taken, for more
  /// weights than the machine can hold and for a precision that the processor lacks.
  func network(words: Int, answers: Int, seed: UInt64) throws -> MemoryNetwork<Float> {
    let shape = MemoryNetworkConfiguration(
      vocabularyCount: words, embeddingSize: model.embedding, encoder: model.encoder,
      stack: try model.stack.configuration(inputSize: 1), fusionSize: model.fusion,
      ageCount: model.ages, score: .init(rawValue: model.attention) ?? .general,
      hopCount: model.hops, answerCount: answers)
    var memory = WeightMemory()
    let size = shape.memorySize
    memory.add(table: shape.vocabularyCount, shape.embeddingSize)
    memory.add(table: shape.ageCount, size)
    if shape.encoder == .rnn { memory.add(shape.stack) }
    if let fusion = shape.fusion { memory.add(fusion) }
    memory.add(StackConfiguration(cell: .gru, inputSize: size, hiddenSize: size))
    memory.add(matrix: size, shape.textSize)
    // Attention has at most a query's and a key's weights.
    memory.add(matrix: 2 * size, size)
    memory.add(matrix: 2 * size, shape.answerCount)
    try memory.check()
    return MemoryNetwork(shape, precision: try train.checkedPrecision, seed: seed)
  }
}
