import Testing
import Unroll

@Suite struct LanguageModelMemoryTests {
  /// Every weight of the estimate is a weight of the model.
  @Test(arguments: Cells.all, [false, true])
  func weightsAreCountedExactly(cell: any Cell, isTied: Bool) {
    for (embedding, hidden) in [(7, 11), (11, 11)] {
      let configuration = LanguageModelConfiguration(
        vocabularySize: 13, embeddingSize: embedding, hiddenSize: hidden, layerCount: 3,
        cell: cell, isTied: isTied)
      let model = LanguageModel<Float>(configuration).allocated(seed: 1)
      let memory = LanguageModelMemory(
        configuration, batch: 3, steps: 5, momentCount: 2, precision: .f32)
      #expect(memory.parts[0].bytes == 8 * model.parameters.parameterCount)
      #expect(memory.parts[1].bytes == memory.parts[0].bytes)
      #expect(memory.total == memory.parts.reduce(0) { $0 + $1.bytes })
    }
  }

  @Test(arguments: [false, true])
  func projectionsAndNormsAreCounted(isTied: Bool) {
    let configuration = LanguageModelConfiguration(
      vocabularySize: 13,
      stack: StackConfiguration(
        inputSize: 7, hiddenSize: 11, layerCount: 3, projectionSize: 5, hasLayerNorm: true),
      isTied: isTied)
    let model = LanguageModel<Float>(configuration).allocated(seed: 1)
    let memory = LanguageModelMemory(
      configuration, batch: 3, steps: 5, momentCount: 2, precision: .f32)
    #expect(memory.parts[0].bytes == 8 * model.parameters.parameterCount)
  }

  /// What cannot be counted is refused, not wrapped around.
  @Test func absurdSizesSaturate() {
    let configuration = LanguageModelConfiguration(
      vocabularySize: Int(Int32.max), embeddingSize: 65536, hiddenSize: 65536, layerCount: 256,
      cell: .lstm)
    let memory = LanguageModelMemory(
      configuration, batch: 1_048_576, steps: 1_048_576, momentCount: 2, precision: .f32)
    #expect(memory.parts.allSatisfy { $0.bytes > 1 << 40 })
    #expect(throws: UserError.self) { try memory.check(available: 1 << 50) }
  }

  @Test func refusalNamesEveryPart() throws {
    let configuration = LanguageModelConfiguration(
      vocabularySize: 100, embeddingSize: 10, hiddenSize: 1000, layerCount: 2, cell: .gru)
    let memory = LanguageModelMemory(
      configuration, batch: 8, steps: 4, momentCount: 2, precision: .f32)
    try memory.check(available: memory.total)
    try memory.check(available: nil)
    let error = try #require(throws: UserError.self) {
      try memory.check(available: memory.total - 1)
    }
    for (name, bytes) in memory.parts {
      #expect(error.message.contains("\(ByteCount(bytes)) for \(name)"))
    }
    #expect(error.message.contains("this machine has \(ByteCount(memory.total - 1))"))
  }
}
