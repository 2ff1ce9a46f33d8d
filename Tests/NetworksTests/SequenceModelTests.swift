import TestSupport
import Testing
import Unroll

/// Central differences in Double over every parameter of whole models, for each way of reading,
/// pooling and predicting.
@Suite struct SequenceModelTests {
  typealias Configuration = SequenceModelConfiguration

  @Test(arguments: Configuration.Pooling.allCases, [false, true])
  func classesOfSequences(pooling: Configuration.Pooling, isBidirectional: Bool) throws {
    try check(
      Configuration(
        input: .tokens(vocabulary: 7, embedding: 3),
        stack: StackConfiguration(
          cell: .gru, inputSize: 3, hiddenSize: 5, layerCount: 2,
          isBidirectional: isBidirectional),
        pooling: pooling, head: .softmax(classes: 4)))
  }

  @Test(arguments: [Configuration.Pooling.last, nil])
  func labelsAndNumbersOfVectors(pooling: Configuration.Pooling?) throws {
    for head in [
      Configuration.Head.sigmoid(labels: 3), .regression(outputs: 2),
      .quantiles(outputs: 2, levels: [0.25, 0.5, 0.75]),
    ] {
      try check(
        Configuration(
          input: .vectors(width: 2),
          stack: StackConfiguration(cell: .lstm, inputSize: 2, hiddenSize: 5, dropout: 0.3),
          pooling: pooling, head: head))
    }
  }

  @Test(arguments: AttentionScore.allCases, [Configuration.Pooling.max, .attention, nil])
  func classesFromSelfAttention(score: AttentionScore, pooling: Configuration.Pooling?) throws {
    try check(
      Configuration(
        input: .tokens(vocabulary: 7, embedding: 3),
        stack: StackConfiguration(
          cell: .gru, inputSize: 3, hiddenSize: 5, isBidirectional: pooling != .max),
        selfAttention: score, pooling: pooling, head: .softmax(classes: 4)))
  }

  @Test(arguments: [0, 0.4])
  func classesOfBags(dropped: Double) throws {
    try check(
      Configuration(
        input: .bags(vocabulary: 9, embedding: 3), inputDropout: dropped,
        stack: StackConfiguration(cell: .gru, inputSize: 3, hiddenSize: 5), pooling: .max,
        head: .softmax(classes: 4)))
  }

  @Test func classesOfSteps() throws {
    try check(
      Configuration(
        input: .tokens(vocabulary: 700, embedding: 3),
        stack: StackConfiguration(cell: .rnn, inputSize: 3, hiddenSize: 5, layerCount: 2),
        pooling: nil, head: .softmax(classes: 4)))
  }

  /// Some of a step's numbers, or of a token's vector.
  @Test(arguments: [Configuration.Input.vectors(width: 6), .tokens(vocabulary: 7, embedding: 6)])
  func inputsAreDropped(input: Configuration.Input) throws {
    var losses: Set<Double> = []
    for (share, isLocked) in [(0, false), (0.4, false), (0.4, true)] {
      let configuration = Configuration(
        input: input, inputDropout: share,
        stack: StackConfiguration(inputSize: 6, hiddenSize: 5, isDropoutLocked: isLocked),
        pooling: .max, head: .regression(outputs: 2))
      try check(configuration)
      losses.insert(
        SequenceProblem<Double>(configuration, layout: SequenceLayout(lengths: [4, 2, 1])).run())
    }
    #expect(losses.count == 3)
  }

  /// Where next to nothing is left of tokens they might as well have vectors of zeros.
  @Test func theShareIsTheOneThatIsGiven() throws {
    func problem(dropped: Double) -> SequenceProblem<Double> {
      SequenceProblem(
        Configuration(
          input: .tokens(vocabulary: 7, embedding: 6), inputDropout: dropped,
          stack: StackConfiguration(inputSize: 6, hiddenSize: 5), pooling: .max,
          head: .softmax(classes: 3)), layout: SequenceLayout(lengths: [4, 2, 1]))
    }
    let whole = problem(dropped: 0)
    let loss = whole.run()
    #expect(whole.store.parameters[0].name == "embedding.weight")
    whole.weights.replaceSubrange(0..<7 * 6, with: [Double](repeating: 0, count: 7 * 6))
    let withoutTokens = whole.run()
    #expect(withoutTokens != loss)
    #expect(problem(dropped: 0.999_999_9).run() == withoutTokens)
  }

  private func check(_ configuration: Configuration) throws {
    let problem = SequenceProblem<Double>(
      configuration, layout: SequenceLayout(lengths: [4, 2, 1]))
    problem.run()
    let weights = problem.weights
    try expectGradient(
      problem.gradients,
      matches: {
        problem.weights = $0
        return problem.run()
      }, at: weights)
  }
}

/// A small sequence model with one ragged minibatch of random inputs and targets.
private final class SequenceProblem<S: MatrixElement>: TestProblem {
  let model: SequenceModel<S>
  private let layout: SequenceLayout
  let trainer: Trainer<RecordedModel<S, Void>>
  private let random = RandomStream(seed: 11, purpose: .generator)

  init(_ configuration: SequenceModelConfiguration, layout: SequenceLayout) {
    model = SequenceModel(configuration).allocated(seed: 3)
    self.layout = layout
    trainer = Trainer(
      recording: model.parameters, workers: 2, optimizer: .sgd(learningRate: 2e-3), seed: 5)
  }

  /// Forms the gradients and returns the loss.
  @discardableResult
  func run() -> Double {
    let tokens = layout.tokenCount
    let rows = model.configuration.pooling == nil ? tokens : layout.rowCount
    func ids(_ count: Int, below limit: Int, _ row: Int) -> [Int32] {
      (0..<count).map { Int32(random.word(row: row, index: $0) % UInt32(limit)) }
    }
    var tokenIDs: [Int32] = [0]
    // Token t carries t mod 3 ids, so some carry none.
    let bagTokens = (0..<tokens).flatMap { [Int32](repeating: Int32($0), count: $0 % 3) }
    let bagStarts = (0...tokens).map { token in Int32(bagTokens.count { $0 < token }) }
    switch model.configuration.input {
    case .tokens(let vocabulary, _): tokenIDs = ids(tokens, below: vocabulary, 0)
    case .bags(let vocabulary, _): tokenIDs = ids(bagTokens.count, below: vocabulary, 0)
    case .vectors: break
    }
    let classes = ids(rows, below: model.configuration.head.outputCount, 1)
    func bags(_ ids: UnsafeBufferPointer<Int32>) -> TokenBags {
      // Copies that live as long as the process: a test may.
      func copy(_ values: [Int32]) -> UnsafeBufferPointer<Int32> {
        let copy = UnsafeMutableBufferPointer<Int32>.allocate(capacity: values.count)
        _ = copy.initialize(from: values)
        return UnsafeBufferPointer(copy)
      }
      return TokenBags(ids: ids, tokens: copy(bagTokens), starts: copy(bagStarts))
    }
    return tokenIDs.withUnsafeBufferPointer { tokenIDs in
      classes.withUnsafeBufferPointer { classes in
        trainer.run(update: 0, learningRate: nil) { [self] tape in
          func matrix(_ rows: Int, _ columns: Int, _ row: Int) -> Matrix<S> {
            let matrix = tape.arena.matrix(rows: rows, columns: columns)
            matrix.fill(0)
            matrix.assign((0..<rows * columns).map { S(random.uniform(row: row, index: $0)) - 0.5 })
            return matrix
          }
          let input: SequenceInput<S> =
            switch model.configuration.input {
            case .tokens: .tokens(tokenIDs)
            case .bags: .bags(bags(tokenIDs))
            case .vectors(let width): .vectors(matrix(tokens, width, 2))
            }
          let features = model.record(input, plan: tape.plan(layout), on: tape)
          let targets: SequenceTargets<S> =
            switch model.configuration.head {
            case .softmax: .classes(classes)
            case .sigmoid(let count), .regression(let count), .quantiles(let count, _):
              .values(matrix(rows, count, 3))
            }
          _ = model.loss(features, targets, on: tape)
        }.result.loss
      }
    }
  }
}
