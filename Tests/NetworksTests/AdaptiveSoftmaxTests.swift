import Autodiff
import Compute
import Networks
import Parallel
import TestSupport
import Testing

@Suite struct AdaptiveSoftmaxTests {
  private static let configuration = LanguageModelConfiguration(
    vocabularySize: 43, embeddingSize: 7, hiddenSize: 21,
    output: .adaptive(VocabularyClusters(vocabularySize: 43, cutoffs: [6, 13, 29])))

  /// What is drawn from is a distribution, and the loss is of the same one.
  @Test func lossIsOfTheDistribution() {
    LanguageModelProblem<Double>(
      Self.configuration, layout: SequenceLayout(lengths: [6, 5, 2]), workers: 2
    ).expectLossOfTheDistribution()
  }

  /// Tokens in any order: those of the same rank are as probable as where ids are ranks.
  @Test func ranksAreToldByCounts() {
    let counts = (0..<43).map { ($0 * 20 + 7) % 41 }
    let problems = [Self.configuration.output, Self.ranked(by: counts)].map {
      var configuration = Self.configuration
      configuration.output = $0
      return LanguageModelProblem<Double>(
        configuration, layout: SequenceLayout(lengths: [6, 5, 2]), workers: 2)
    }
    let ranks = (0..<43).map { token in
      counts.indices.count { (counts[token], $0) < (counts[$0], token) }
    }
    problems[0].targets = problems[1].targets.map { Int32(ranks[Int($0)]) }
    #expect(problems[0].targets != problems[1].targets)
    #expect(problems[0].run().terms == problems[1].run().terms)
    problems[1].expectLossOfTheDistribution()
  }

  /// Classes of Goodman: p(class) · p(word of the class), both of the same features, so that with classes of
  /// one word and no others it is the full softmax.
  @Test func withoutProjectionsItIsTheClassBasedOutput() throws {
    let layout = SequenceLayout(lengths: [6, 5, 2])
    func problem(_ output: OutputForm) -> LanguageModelProblem<Double> {
      LanguageModelProblem(
        LanguageModelConfiguration(
          vocabularySize: 6, embeddingSize: 7, hiddenSize: 5, output: output), layout: layout)
    }
    let classes = problem(
      .adaptive(VocabularyClusters(vocabularySize: 6, cutoffs: [1, 2, 3, 4, 5], factor: 1)))
    let full = problem(.full)
    for parameter in full.store.parameters {
      let name = parameter.name.replacing("output.", with: "output.head.")
      parameter.values = try #require(classes.store.parameter(named: name)).values
    }
    full.store.pack()
    #expect(zip(classes.run().terms, full.run().terms).allSatisfy { abs($0 - $1) < 1e-12 })
    problem(.adaptive(VocabularyClusters(vocabularySize: 6, cutoffs: [2, 4], factor: 1)))
      .expectLossOfTheDistribution()
  }

  private static func ranked(by counts: [Int]) -> OutputForm {
    .adaptive(VocabularyClusters(vocabularySize: 43, cutoffs: [6, 13, 29]).ranked(by: counts))
  }

  /// Rows of a cluster are divided among the workers anew.
  @Test(arguments: [Precision.f32, .bf16])
  func threadsChangeNoBit(precision: Precision) throws {
    guard precision == .f32 || InstructionSet.supportsBF16 else { return }
    let weights = [1, 2, 3, 5].map { workers in
      let problem = LanguageModelProblem<Float>(
        Self.configuration, layout: SequenceLayout(lengths: [9, 9, 8, 5, 3, 3, 1]),
        workers: workers, precision: precision)
      for update in 0..<3 { problem.run(update: update, learningRate: 1e-2) }
      return problem.weights
    }
    #expect(weights.allSatisfy { $0 == weights[0] })
  }

  /// What no token of the minibatch belongs to has no gradient.
  @Test func absentClusterHasNoGradient() throws {
    let problem = LanguageModelProblem<Double>(
      Self.configuration, layout: SequenceLayout(rows: 3, steps: 4), workers: 2)
    problem.targets = problem.targets.map { $0 % 13 }
    problem.run()
    for index in 0..<3 {
      for layer in 0..<2 {
        let parameter = try #require(
          problem.store.parameter(named: "output.tail.\(index).\(layer).weight"))
        #expect(parameter.gradients.contains { $0 != 0 } == (index == 0))
      }
    }
  }

  /// The shares that work is divided by are those of Zipf's law, but for what the logarithm leaves out.
  @Test func sharesOfClustersAreExpected() {
    let clusters = VocabularyClusters(vocabularySize: 10_000, cutoffs: [500, 2_000])
    func harmonic(_ ranks: Range<Int>) -> Double { ranks.reduce(0) { $0 + 1 / Double($1 + 1) } }
    for (index, range) in clusters.ranges.enumerated() {
      let share = harmonic(range) / harmonic(0..<10_000)
      #expect(abs(clusters.expectedShare(ofCluster: index) - share) < 0.012)
    }
  }

  /// Chosen cut-offs cost less than moved ones that are allowed, by the definition of the cost: products
  /// a token under Zipf's law, or as tokens were counted, and stepping.
  @Test(arguments: [(50, 8), (1_000, 64), (10_000, 256), (150_000, 512)], [false, true])
  func cutoffsCostLeast(sizes: (Int, Int), areCounted: Bool) {
    let (vocabulary, size) = sizes
    // They fall more steeply than Zipf's law lets them.
    let counts = (1...vocabulary).map { Int(1e9 / (Double($0) * Double($0).squareRoot())) }
    let sums = (1...vocabulary).reduce(into: [0.0]) {
      $0.append($0[$1 - 1] + (areCounted ? Double(counts[$1 - 1]) : 1 / Double($1)))
    }
    let total = sums[vocabulary]
    func cost(_ cutoffs: [Int]) -> Double {
      let clusters = VocabularyClusters(vocabularySize: vocabulary, cutoffs: cutoffs)
      var cost = Double(size * (clusters.shortlist + cutoffs.count)) * 1.02
      for (index, range) in clusters.ranges.enumerated() {
        let width = max(1, size / (4 << (2 * index)))
        let share = (sums[range.upperBound] - sums[range.lowerBound]) / total
        cost += Double(width * (size + range.count)) * (share + 0.02)
      }
      return cost
    }
    let chosen = VocabularyClusters(
      vocabularySize: vocabulary, inputSize: size, counts: areCounted ? counts : nil
    ).cutoffs
    for index in chosen.indices {
      for factor in [0.5, 2] {
        var moved = chosen
        moved[index] = max(1, Int(Double(moved[index]) * factor))
        guard zip(moved, moved.dropFirst() + [vocabulary]).allSatisfy(<) else { continue }
        guard sums[moved[0]] >= 0.7 * total else { continue }
        #expect(cost(chosen) < cost(moved), "\(chosen) against \(moved)")
      }
    }
  }
}
