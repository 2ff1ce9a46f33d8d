import TestSupport
import Testing
import Unroll

/// Whole taggers: central differences in Double over every parameter, with sentences and words of
/// different lengths, words that several sentences share, and several workers.
@Suite struct TaggerTests {
  static let heads: [TaggerConfiguration.Head] = [.softmax(tags: 5), .crf(tags: 5), .sigmoid]

  static func configuration(
    _ head: TaggerConfiguration.Head, cell: any Cell = .lstm, hasAll: Bool
  ) -> TaggerConfiguration {
    TaggerConfiguration(
      words: .init(count: 7, size: 4),
      characters: hasAll ? .init(table: .init(count: 6, size: 2), hiddenSize: 3) : nil,
      features: hasAll ? [.init(count: 3, size: 2), .init(count: 4, size: 1)] : [],
      windowRadius: hasAll ? 1 : 2, inputDropout: hasAll ? 0.2 : 0,
      stack: StackConfiguration(
        cell: cell, inputSize: 1, hiddenSize: 5, layerCount: hasAll ? 2 : 1,
        isBidirectional: hasAll, dropout: 0.3),
      selfAttention: hasAll ? .general : nil, head: head, intentCount: hasAll ? 3 : 0)
  }

  @Test(arguments: heads, [false, true])
  func gradients(head: TaggerConfiguration.Head, hasAll: Bool) throws {
    let problem = TaggerProblem<Double>(
      Self.configuration(head, cell: hasAll ? .lstm : .jordan, hasAll: hasAll), workers: 3)
    _ = problem.run()
    let (gradients, start) = (problem.gradients, problem.weights)
    try expectGradient(
      gradients,
      matches: {
        problem.weights = $0
        return problem.run()
      }, at: start)
  }

  /// Tags and labels that ask for nothing give nothing.
  @Test func ignoresUnknownTargets() {
    let problem = TaggerProblem<Double>(
      Self.configuration(.softmax(tags: 5), hasAll: true), workers: 2)
    problem.tags = problem.tags.map { _ in -1 }
    problem.intents = problem.intents.map { _ in -1 }
    #expect(problem.run() == 0)
    #expect(problem.gradients.allSatisfy { $0 == 0 })
  }

  @Test(arguments: heads)
  func weightsDoNotDependOnThreads(head: TaggerConfiguration.Head) {
    let results = [1, 2, 3, 5].map { workers in
      let problem = TaggerProblem<Float>(
        Self.configuration(head, hasAll: true), workers: workers)
      for update in 0..<20 { _ = problem.run(update: update, learningRate: 0.01) }
      return problem.weights.map(\.bitPattern)
    }
    #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
    for result in results { #expect(result == results[0]) }
  }
}

/// A tagger with one minibatch: five sentences over six distinct words.
private final class TaggerProblem<S: MatrixElement>: TestProblem {
  let model: Tagger<S>
  let trainer: Trainer<RecordedModel<S, Void>>
  let layout = SequenceLayout(lengths: [4, 4, 3, 1, 1])
  /// Characters of each word, longest first, in that layout's token order.
  let words = SequenceLayout(lengths: [4, 3, 3, 2, 1, 1])
  var tags: [Int32]
  var intents: [Int32] = [2, 0, 1, -1, 2]

  init(_ configuration: TaggerConfiguration, workers: Int) {
    model = Tagger(configuration).allocated(seed: 7)
    trainer = Trainer(recording: model.parameters, workers: workers)
    let isNameOnly = configuration.head == .sigmoid
    tags = Self.ids(layout.tokenCount, below: isNameOnly ? 2 : 5, row: 0)
    if case .softmax = configuration.head { tags[2] = -1 }
  }

  private static func ids(_ count: Int, below limit: Int, row: Int) -> [Int32] {
    let random = RandomStream(seed: 3, purpose: .generator)
    return (0..<count).map { Int32(random.word(row: row, index: $0) % UInt32(limit)) }
  }

  /// Leaves the gradients in the store; steps the weights if `learningRate` is given.
  func run(update: Int = 0, learningRate: Double? = nil) -> Double {
    let configuration = model.configuration
    let tokens = layout.tokenCount
    let spellings = Self.ids(tokens, below: words.rowCount, row: 1)
    let parts: [[Int32]] =
      [
        spellings, spellings, Self.ids(words.tokenCount, below: 6, row: 2), tags, intents,
      ] + configuration.features.enumerated().map { Self.ids(tokens, below: $1.count, row: 3 + $0) }
    // One buffer for all of them, cut again.
    return Array(parts.joined()).withUnsafeBufferPointer { all in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeBufferPointer(rebasing: all[start..<start + part.count])
      }
      return trainer.run(update: update, learningRate: learningRate) { [self] tape in
        let input = TaggerInput(
          words: buffers[0], features: Array(buffers[5...]),
          spellings: configuration.characters.map { _ in
            .init(plan: tape.plan(words), characters: buffers[2], rows: buffers[1])
          })
        _ = model.record(
          input, targets: TaggerTargets(tags: buffers[3], intents: buffers[4]),
          plan: tape.plan(layout), on: tape)
      }.result.loss
    }
  }
}
