import Autodiff
import Compute
import Networks
import Parallel
import Runs
import TestSupport
import Testing

/// N-grams of tokens beside a network, of a hierarchical output.
@Suite struct NGramFeaturesTests {
  private static let counts = (0..<23).map { 1 + 300 / ($0 * $0 + 1) }

  private static func configuration(
    order: Int, size: Int = 1 << 10, hidden: Int = 5
  ) -> LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabularySize: 23, embeddingSize: 3, hiddenSize: hidden, cell: .gru,
      output: .hierarchical(HuffmanTree(counts: counts)),
      ngrams: NGramForm(order: order, size: size))
  }

  private static func table<S: MatrixElement>(_ model: LanguageModel<S>) throws -> Parameter<S> {
    try #require(model.parameters.parameter(named: "output.ngrams.weight"))
  }

  /// Also where several n-grams share a weight, and where a token does not count.
  @Test(arguments: [1, 2, 4])
  func gradients(order: Int) throws {
    let problem = LanguageModelProblem<Double>(
      Self.configuration(order: order), layout: SequenceLayout(lengths: [7, 5, 2]), workers: 2)
    problem.targets[3] = -1
    for _ in 0..<3 { problem.run(learningRate: 0.1) }
    problem.run()
    let table = try Self.table(problem.model)
    #expect(table.values.contains { $0 != 0 })
    try problem.expectGradients()
  }

  /// What is drawn from is a distribution, and the loss is of the same one.
  @Test func lossIsOfTheDistribution() {
    let problem = LanguageModelProblem<Double>(
      Self.configuration(order: 3), layout: SequenceLayout(lengths: [6, 5, 2]), workers: 2)
    for _ in 0..<3 { problem.run(learningRate: 0.3) }
    problem.expectLossOfTheDistribution()
  }

  @Test(arguments: [Precision.f32, .bf16])
  func threadsChangeNoBit(precision: Precision) throws {
    guard precision == .f32 || InstructionSet.supportsBF16 else { return }
    let weights = [1, 2, 3, 5].map { workers in
      let problem = LanguageModelProblem<Float>(
        Self.configuration(order: 4, size: 1 << 17, hidden: 21),
        layout: SequenceLayout(lengths: [9, 9, 8, 5, 3, 3, 1]), workers: workers,
        precision: precision)
      for update in 0..<3 { problem.run(update: update, learningRate: 1e-2) }
      return problem.weights
    }
    #expect(weights.allSatisfy { $0 == weights[0] })
  }

  /// A model without a network: predictions of a text, read in pieces of some lengths.
  private static func predictions(
    _ model: LanguageModel<Double>, _ text: [Int32], pieces: [Int]
  ) -> [[Double]] {
    let carried = CarriedStates<Double>(model.configuration, rows: 1)
    let tape = Tape<Double>(workers: 1)
    var (place, rows) = (0, [[Double]]())
    for length in pieces {
      tape.begin(training: false)
      let plan = tape.plan(SequenceLayout(rows: 1, steps: length))
      let piece = Array(text[place..<place + length])
      piece.withUnsafeBufferPointer { piece in
        let (logits, final) = model.recordLogits(
          inputs: piece, plan: plan, states: carried.variables(plan, on: tape), on: tape)
        WorkerTeam(count: 1).run { tape.forward($0) }
        for token in 0..<length {
          rows.append((0..<logits.columns).map { logits.value[token, $0] })
        }
        carried.capture(final)
      }
      place += length
    }
    return rows
  }

  /// Where only n-grams speak, a prediction follows from the last order - 1 tokens and from no other, in
  /// whatever pieces a text is read; where a text has fewer, n-grams are shorter.
  @Test(arguments: [1, 2, 3, 5])
  func contextsAreTheLastTokens(order: Int) throws {
    let problem = LanguageModelProblem<Double>(
      Self.configuration(order: order, size: 1 << 20), layout: SequenceLayout(rows: 4, steps: 9))
    let table = try Self.table(problem.model)
    problem.weights = problem.weights.map { _ in 0 }
    let random = RandomStream(seed: 5, purpose: .generator)
    table.values = (0..<table.count).map { Double(random.uniform(row: 0, index: $0)) - 0.5 }
    let text = (0..<60).map { Int32(random.word(row: 1, index: $0) % 3) }
    let whole = Self.predictions(problem.model, text, pieces: [60])
    for pieces in [[1, 1, 2, 3, 1, 52], [7, 53], [Int](repeating: 2, count: 30)] {
      #expect(Self.predictions(problem.model, text, pieces: pieces) == whole, "\(pieces)")
    }
    for a in text.indices {
      for b in 0..<a {
        func context(_ end: Int) -> [Int32] { Array(text[max(0, end + 2 - order)...end]) }
        let areAlike = order == 1 || context(a) == context(b)
        #expect((whole[a] == whole[b]) == areAlike, "\(a) and \(b)")
      }
    }
  }

  /// Weights of zero say nothing: each decision on the way to a token is open.
  @Test func aTableOfZerosDecidesNothing() {
    let problem = LanguageModelProblem<Double>(
      Self.configuration(order: 3), layout: SequenceLayout(rows: 1, steps: 1))
    problem.weights = problem.weights.map { _ in 0 }
    let tree = HuffmanTree(counts: Self.counts)
    for row in Self.predictions(problem.model, [4, 1, 4, 0], pieces: [4]) {
      for token in row.indices {
        var decisions = 0
        tree.forEachDecision(to: token) { _, _ in decisions += 1 }
        #expect(abs(row[token] - -Double(decisions) * Scalar.log(2)) < 1e-12)
      }
    }
  }

  /// Weights that no n-gram of the minibatches has keep their values and moments.
  @Test func onlyTouchedWeightsAreStepped() throws {
    let layout = SequenceLayout(lengths: [6, 5, 2])
    let problem = LanguageModelProblem<Float>(
      Self.configuration(order: 3, size: 1 << 16), layout: layout, workers: 3)
    var decisions = 0
    for target in problem.targets {
      HuffmanTree(counts: Self.counts).forEachDecision(to: Int(target)) { _, _ in decisions += 1 }
    }
    for update in 0..<3 { problem.run(update: update, learningRate: 0.1) }
    let table = try Self.table(problem.model)
    let moments = problem.trainer.optimizer.moments.map {
      Array($0.elements[table.offset..<table.offset + table.count])
    }
    let stepped = table.values.indices.filter { table.values[$0] != 0 }
    #expect((1...3 * decisions).contains(stepped.count))
    for moment in moments {
      #expect(moment.indices.filter { moment[$0] != 0 } == stepped)
    }
  }

  /// A network of two units learns from n-grams in a few steps what it cannot hold in its state.
  @Test func nGramsAreLearntQuickly() {
    func loss(_ ngrams: NGramForm?) -> Double {
      var configuration = Self.configuration(order: 1, hidden: 2)
      configuration.ngrams = ngrams
      let problem = LanguageModelProblem<Float>(
        configuration, layout: SequenceLayout(rows: 8, steps: 12))
      for update in 0..<40 { problem.run(update: update, learningRate: 0.05) }
      return problem.run().loss
    }
    #expect(loss(NGramForm(order: 3, size: 1 << 16)) < 0.3 * loss(nil))
  }
}
