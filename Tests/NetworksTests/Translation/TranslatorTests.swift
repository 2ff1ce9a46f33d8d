import TestSupport
import Testing
import Unroll

/// Whole encoder-decoders: central differences in Double over every parameter, with all sizes
/// different, sentences of different lengths on both sides, in different orders, and several workers.
@Suite struct TranslatorTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let configuration: TranslatorConfiguration
    var sampling = 0.0
  }

  static func configuration(
    _ attention: AttentionScore?, cell: any Cell = .lstm, layers: Int = 1,
    isBidirectional: Bool = false, decoderSize: Int = 7, feedsInput: Bool = false,
    tying: TranslatorConfiguration.Tying = .none, dropout: Double = 0, coverage: Double = 0,
    output: OutputForm = .full
  ) -> TranslatorConfiguration {
    let isShared = tying == .all
    return TranslatorConfiguration(
      sourceCount: isShared ? 6 : 5, targetCount: 6,
      encoder: StackConfiguration(
        cell: cell, inputSize: isShared ? 4 : 3, hiddenSize: 5, layerCount: layers,
        isBidirectional: isBidirectional, dropout: dropout),
      decoder: StackConfiguration(
        cell: cell, inputSize: 4, hiddenSize: decoderSize, layerCount: layers, dropout: dropout),
      attention: attention, attentionSize: 8, feedsInput: feedsInput, tying: tying,
      coverage: coverage, output: output)
  }

  /// Of six tokens, stop and start.
  private static let counts = [5, 1, 2, 9, 1, 3, 4, 0]
  private static let noise = NoiseDistribution.unigram(counts, power: 0.75)
  private static func clusters(_ cutoffs: [Int]) -> OutputForm {
    .adaptive(VocabularyClusters(vocabularySize: 8, cutoffs: cutoffs).ranked(by: counts))
  }

  static let cases: [Case] = [
    Case(testDescription: "no attention", configuration: configuration(nil)),
    Case(
      testDescription: "the encoder's states", configuration: configuration(nil, decoderSize: 5)),
    Case(
      testDescription: "no attention, tied",
      configuration: configuration(nil, cell: .gru, layers: 2, tying: .decoder)),
    Case(testDescription: "dot", configuration: configuration(.dot, decoderSize: 5)),
    Case(
      testDescription: "dot of a bidirectional encoder",
      configuration: configuration(.dot, isBidirectional: true, decoderSize: 10)),
    Case(testDescription: "general", configuration: configuration(.general, cell: .gru)),
    Case(
      testDescription: "scaled dot",
      configuration: configuration(.scaledDot, cell: .rnn, decoderSize: 5)),
    Case(
      testDescription: "additive, deep",
      configuration: configuration(
        .additive, layers: 2, isBidirectional: true, dropout: 0.2)),
    Case(
      testDescription: "input feeding",
      configuration: configuration(.general, feedsInput: true)),
    Case(
      testDescription: "input feeding, deep, tied",
      configuration: configuration(
        .additive, layers: 2, isBidirectional: true, feedsInput: true, tying: .decoder,
        dropout: 0.2)),
    Case(
      testDescription: "all tied",
      configuration: configuration(.general, isBidirectional: true, tying: .all)),
    Case(
      testDescription: "coverage",
      configuration: configuration(.additive, coverage: 0.7)),
    Case(
      testDescription: "drawn tokens, tied",
      configuration: configuration(
        .general, tying: .decoder, dropout: 0.2,
        output: .sampled(SampledForm(.softmax, samples: 5, noise: noise)))),
    Case(
      testDescription: "told from noise, input feeding",
      configuration: configuration(
        .additive, feedsInput: true,
        output: .sampled(SampledForm(.contrast, samples: 3, noise: noise)))),
    Case(
      testDescription: "a tree",
      configuration: configuration(
        nil, cell: .gru, output: .hierarchical(HuffmanTree(counts: counts)))),
    Case(
      testDescription: "clusters",
      configuration: configuration(
        .general, isBidirectional: true, dropout: 0.2, output: clusters([2, 5]))),
    Case(
      testDescription: "clusters, input feeding",
      configuration: configuration(.additive, feedsInput: true, output: clusters([3]))),
    Case(
      testDescription: "scheduled sampling",
      configuration: configuration(.general, layers: 2, dropout: 0.2), sampling: 0.5),
    Case(
      testDescription: "scheduled sampling, input feeding, all tied",
      configuration: configuration(
        .additive, isBidirectional: true, feedsInput: true, tying: .all), sampling: 0.6),
  ]

  @Test(arguments: cases)
  func gradients(of test: Case) throws {
    let problem = TranslatorProblem<Double>(test.configuration, sampling: test.sampling, workers: 3)
    problem.run()
    let gradients = problem.gradients
    #expect(gradients.contains { $0 != 0 })
    // Losses of one worker: the bits are those of three, and nobody waits for anybody.
    let probe = TranslatorProblem<Double>(test.configuration, sampling: test.sampling, workers: 1)
    try expectGradient(
      gradients,
      matches: {
        probe.weights = $0
        return probe.run()
      }, at: problem.weights)
  }

  @Test(arguments: cases)
  func weightsDoNotDependOnThreads(of test: Case) {
    let results = [1, 2, 3, 5].map { workers in
      let problem = TranslatorProblem<Float>(
        test.configuration, sampling: test.sampling, workers: workers)
      for update in 0..<10 { problem.run(update: update, learningRate: 0.01) }
      return problem.weights.map(\.bitPattern)
    }
    #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
    for result in results { #expect(result == results[0]) }
  }

  @Test(.enabled(if: InstructionSet.supportsBF16, "no bf16 dot product here"))
  func weightsDoNotDependOnThreadsInBF16() {
    for (feedsInput, output) in [
      (false, OutputForm.full), (true, .full), (false, Self.clusters([2, 5])),
    ] {
      let configuration = Self.configuration(
        .general, layers: 2, isBidirectional: true, feedsInput: feedsInput,
        tying: output == .full ? .decoder : .none, output: output)
      let results = [1, 2, 3].map { workers in
        let problem = TranslatorProblem<Float>(configuration, workers: workers, precision: .bf16)
        for update in 0..<10 { problem.run(update: update, learningRate: 0.01) }
        return problem.weights.map(\.bitPattern)
      }
      #expect(results[1] == results[0] && results[2] == results[0])
    }
  }

  /// Tables of which only the rows that were read are stepped, those of the model's own tokens too.
  @Test func largeVocabulariesDoNotDependOnThreads() {
    var configuration = Self.configuration(.general, feedsInput: true)
    (configuration.sourceCount, configuration.targetCount) = (600, 700)
    let results = [1, 2, 3].map { workers in
      let problem = TranslatorProblem<Float>(configuration, sampling: 0.5, workers: workers)
      let start = problem.weights
      for update in 0..<10 { problem.run(update: update, learningRate: 0.01) }
      return (weights: problem.weights.map(\.bitPattern), start: start.map(\.bitPattern))
    }
    #expect(results[1].weights == results[0].weights && results[2].weights == results[0].weights)
    // Four pairs meet few tokens: most of both tables stays as it was.
    let moved = zip(results[0].weights, results[0].start).prefix(700 * 4).count { $0 != $1 }
    #expect(moved > 0 && moved < 100 * 4)
  }

  /// Step by step without feeding is the one operation over all steps.
  @Test func stepsEqualTheWhole() {
    let configuration = Self.configuration(.additive, layers: 2, isBidirectional: true)
    let whole = TranslatorProblem<Double>(configuration, workers: 2)
    // So improbable that no step reads a token of its own.
    let steps = TranslatorProblem<Double>(configuration, sampling: 1e-300, workers: 2)
    #expect(abs(whole.run() - steps.run()) < 1e-14)
    let worst = zip(whole.gradients, steps.gradients).map { abs($0 - $1) }.max()
    #expect((worst ?? 1) < 1e-13)
  }

  /// The model's own tokens change the loss.
  @Test func samplingReadsOtherTokens() {
    let configuration = Self.configuration(.general)
    let plain = TranslatorProblem<Double>(configuration, workers: 2).run()
    let sampled = TranslatorProblem<Double>(configuration, sampling: 0.5, workers: 2).run()
    #expect(abs(plain - sampled) > 1e-4)
  }

  /// A sentence's loss depends on its own source and target only, wherever they stand.
  @Test func rowsAreApart() {
    let problem = TranslatorProblem<Double>(Self.configuration(.additive), workers: 2)
    problem.run()
    let before = problem.rowLosses
    // The source of the second target's row.
    problem.sources[2][0] = (problem.sources[2][0] + 1) % 5
    problem.run()
    let after = problem.rowLosses
    for row in before.indices {
      #expect((before[row] == after[row]) == (row != 1), "row \(row)")
    }
  }
}
