import Autodiff
import Compute
import Networks
import Parallel
import TestSupport
import Testing

/// Output layers that learn from drawn words.
@Suite struct SampledOutputTests {
  static let criteria = [SampledForm.Criterion.softmax, .contrast]
  private static let counts = (0..<43).map { 900 / ($0 + 1) }

  private static func form(
    _ criterion: SampledForm.Criterion, samples: Int = 11, classes: Int = 43
  ) -> SampledForm {
    SampledForm(
      criterion, samples: samples,
      noise: criterion == .softmax
        ? .logUniform(classes: classes) : .unigram(Array(counts.prefix(classes)), power: 0.75))
  }

  private static func configuration(
    _ criterion: SampledForm.Criterion, isTied: Bool = false, samples: Int = 11
  ) -> LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabularySize: 43, embeddingSize: 21, hiddenSize: 21, isTied: isTied,
      output: .sampled(form(criterion, samples: samples)))
  }

  /// A table that is embedding and output is owed two gradients by rows.
  @Test(arguments: criteria, [false, true])
  func gradients(criterion: SampledForm.Criterion, isTied: Bool) throws {
    let problem = LanguageModelProblem<Double>(
      LanguageModelConfiguration(
        vocabularySize: 43, embeddingSize: 3, hiddenSize: 5, cell: .gru, isTied: isTied,
        output: .sampled(Self.form(criterion))), layout: SequenceLayout(lengths: [5, 4, 2]),
      workers: 2)
    problem.targets[3] = -1
    problem.run()
    try problem.expectGradients()
  }

  @Test(arguments: criteria, [Precision.f32, .bf16])
  func threadsChangeNoBit(criterion: SampledForm.Criterion, precision: Precision) throws {
    guard precision == .f32 || InstructionSet.supportsBF16 else { return }
    for isTied in [false, true] {
      let weights = [1, 2, 3, 5].map { workers in
        let problem = LanguageModelProblem<Float>(
          Self.configuration(criterion, isTied: isTied),
          layout: SequenceLayout(lengths: [9, 9, 8, 5, 3, 3, 1]), workers: workers,
          precision: precision)
        for update in 0..<3 { problem.run(update: update, learningRate: 1e-2) }
        return problem.weights
      }
      #expect(weights.allSatisfy { $0 == weights[0] })
    }
  }

  /// Each update draws its own words, whatever was drawn before.
  @Test func drawsFollowFromTheUpdate() {
    func losses(_ updates: [Int]) -> [Double] {
      let problem = LanguageModelProblem<Double>(
        Self.configuration(.softmax), layout: SequenceLayout(rows: 3, steps: 4))
      return updates.map { problem.run(update: $0).loss }
    }
    let all = losses([0, 1, 2, 3])
    #expect(Set(all).count == 4)
    #expect(losses([3, 1]) == [all[3], all[1]])
  }

  /// Rows of words that neither stood in the minibatch nor were drawn keep their weights and moments.
  @Test func onlyTouchedRowsAreStepped() throws {
    let problem = LanguageModelProblem<Float>(
      LanguageModelConfiguration(
        vocabularySize: 5000, embeddingSize: 4, hiddenSize: 6,
        output: .sampled(Self.form(.softmax, classes: 5000))),
      layout: SequenceLayout(rows: 5, steps: 3), workers: 3)
    let weight = try #require(problem.store.parameter(named: "output.weight"))
    let bias = try #require(problem.store.parameter(named: "output.bias"))
    let before = (weight.values, bias.values)
    problem.run(learningRate: 0.1)
    let rows = Set((0..<5000).filter { weight.values[$0 * 6] != before.0[$0 * 6] })
    #expect(rows == Set((0..<5000).filter { bias.values[$0] != before.1[$0] }))
    #expect(rows.isSuperset(of: problem.targets.map { Int($0) }))
    let others = rows.subtracting(problem.targets.map { Int($0) })
    #expect((9...11).contains(others.count))
  }

  /// The vocabulary, in more than one part, is summed up whole: the loss is that of the full softmax with
  /// the same weights, and what is drawn from has its logits.
  @Test(arguments: [1, 3])
  func measuringIsExact(workers: Int) {
    let classes = 1100
    func problem(_ output: OutputForm) -> LanguageModelProblem<Double> {
      LanguageModelProblem(
        LanguageModelConfiguration(
          vocabularySize: classes, embeddingSize: 7, hiddenSize: 21, output: output),
        layout: SequenceLayout(lengths: [30, 30, 21, 9, 2]), workers: workers)
    }
    let full = problem(.full)
    let sampled = problem(.sampled(Self.form(.softmax, classes: classes)))
    sampled.weights = full.weights
    full.targets[5] = -1
    sampled.targets[5] = -1
    let results = [full, sampled].map { problem in
      problem.targets.withUnsafeBufferPointer { targets in
        problem.inputs.withUnsafeBufferPointer { inputs in
          let tape = Tape<Double>(workers: workers)
          let team = WorkerTeam(count: workers)
          func read<Result>(_ body: (RowPlan) -> Result) -> Result {
            tape.begin(training: false)
            let result = body(tape.plan(problem.layout))
            team.run { tape.forward($0) }
            return result
          }
          let terms = read {
            problem.model.record(inputs: inputs, targets: targets, plan: $0, on: tape).loss
          }.terms
          let logits = read {
            problem.model.recordLogits(inputs: inputs, plan: $0, states: nil, on: tape).logits
          }
          return (terms: terms, logits: logits.value.values)
        }
      }
    }
    #expect(results[1].terms[5] == 0)
    #expect(zip(results[0].terms, results[1].terms).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(results[0].logits == results[1].logits)
  }

  /// Over many draws the sum over drawn words, with their corrections, is that over all words; of all
  /// words it is the same.
  @Test(arguments: [5, 20, 43])
  func correctedSumsAreUnbiased(samples: Int) {
    let problem = LanguageModelProblem<Double>(
      Self.configuration(.softmax, samples: samples), layout: SequenceLayout(rows: 2, steps: 2))
    let full = LanguageModelProblem<Double>(
      LanguageModelConfiguration(vocabularySize: 43, embeddingSize: 21, hiddenSize: 21),
      layout: problem.layout)
    full.weights = problem.weights
    let exact = full.run().terms.map(Scalar.exp)
    let updates = samples == 43 ? 1 : 4000
    var sums = [Double](repeating: 0, count: 4)
    for update in 0..<updates {
      for (token, term) in problem.run(update: update).terms.enumerated() {
        sums[token] += Scalar.exp(term) / Double(updates)
      }
    }
    for (sum, exact) in zip(sums, exact) {
      #expect(abs(sum / exact - 1) < (samples == 43 ? 1e-12 : 0.01))
    }
  }

  /// Words are drawn as often as their probabilities say, which sum to 1.
  @Test(arguments: [
    NoiseDistribution.logUniform(classes: 43), .unigram(counts, power: 1),
    .unigram(counts, power: 0.5), .unigram([0, 0, 7], power: 0), .logUniform(classes: 1),
  ])
  func drawsHaveTheirProbabilities(noise: NoiseDistribution) {
    let probabilities = (0..<noise.classes).map(noise.probability)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    let random = RandomStream(seed: 3, purpose: .generator)
    let draws = 100_000
    var counts = [Double](repeating: 0, count: noise.classes)
    for draw in 0..<draws {
      let words = random.words(row: 0, block: UInt32(draw))
      counts[noise.draw(words[0], words[1])] += 1
    }
    for (count, p) in zip(counts, probabilities) {
      let deviation = (Double(draws) * p * (1 - p)).squareRoot()
      #expect(abs(count - Double(draws) * p) <= 5 * deviation + 1e-9)
    }
  }
}
