import Foundation
import TestSupport
import Testing
import Unroll

/// Searches against all targets there are.
@Suite struct BeamSearchTests {
  /// Three tokens, at most four with the stop symbol: 40 complete targets.
  private static let tokens = 3
  private static let longest = 4

  /// The stop symbol is the most frequent, and the start symbol is never asked for.
  private static let clusters = OutputForm.adaptive(
    VocabularyClusters(vocabularySize: 5, cutoffs: [2, 3]).ranked(by: [4, 1, 3, 9, 0]))

  private static func model(
    _ attention: AttentionScore?, feedsInput: Bool, isBidirectional: Bool = true,
    output: OutputForm = .full, seed: UInt64 = 11
  ) -> Translator<Double> {
    Translator(
      TranslatorConfiguration(
        sourceCount: 5, targetCount: tokens,
        encoder: StackConfiguration(
          inputSize: 3, hiddenSize: 5, layerCount: 2, isBidirectional: isBidirectional,
          initialization: .normal(0.8)),
        decoder: StackConfiguration(
          inputSize: 4, hiddenSize: 7, layerCount: 2, initialization: .normal(0.8)),
        attention: attention, feedsInput: feedsInput, output: output)
    ).allocated(seed: seed)
  }

  /// All sequences of up to `longest - 1` tokens, longest first.
  private static let targets: [[Int32]] = (0..<longest).reversed().flatMap { length in
    (0..<Int(pow(Double(tokens), Double(length)))).map { number in
      (0..<length).map { Int32(number / Int(pow(Double(tokens), Double($0))) % tokens) }
    }
  }

  /// For every target of a source, ln p of each token given those before, then of the stop symbol.
  private static func logProbabilities(
    _ model: Translator<Double>, _ source: [Int32]
  ) -> [[Double]] {
    let tape = Tape<Double>(workers: 1)
    tape.begin(training: false)
    let layout = SequenceLayout(lengths: targets.map { $0.count + 1 })
    func packed(_ rows: [[Int32]]) -> [Int32] {
      (0..<layout.stepCount).flatMap { step in
        (0..<layout.activeRows[step]).map { rows[$0][step] }
      }
    }
    let inputs = packed(targets.map { [model.configuration.start] + $0 })
    let outputs = packed(targets.map { $0 + [model.configuration.stop] })
    let rows = [Int32](repeating: 0, count: targets.count)
    return source.withUnsafeBufferPointer { source in
      inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeBufferPointer { outputs in
          rows.withUnsafeBufferPointer { rows in
            let loss = model.record(
              TranslatorMinibatch(
                sourcePlan: tape.plan(SequenceLayout(rows: 1, steps: source.count)),
                sources: source, targetPlan: tape.plan(layout), inputs: inputs, targets: outputs,
                rows: rows), on: tape)
            WorkerTeam(count: 1).run { tape.forward($0) }
            let terms = loss.terms
            return targets.indices.map { row in
              (0..<layout.lengths[row]).map { -terms[layout.offsets[$0] + row] }
            }
          }
        }
      }
    }
  }

  @Test(arguments: [0, 0.6, 1], [(false, .full), (true, .full), (false, clusters)])
  func aWideBeamFindsTheBest(penalty: Double, form: (feedsInput: Bool, output: OutputForm)) {
    let model = Self.model(.general, feedsInput: form.feedsInput, output: form.output)
    let source: [Int32] = [4, 0, 2]
    let expected = zip(Self.targets, Self.logProbabilities(model, source)).map {
      let sum = $1.reduce(0, +)
      return (tokens: $0, logProbability: sum, score: sum / pow(Double($0.count + 1), penalty))
    }.sorted { $0.score > $1.score }
    let decoder = TranslationDecoder(model, team: WorkerTeam(count: 2))
    let count = expected.count
    let found = decoder.decode(
      [source], BeamSearchOptions(width: 128, lengthPenalty: penalty, count: count)
    ) { _ in Self.longest }[0]
    #expect(found.map(\.tokens) == expected.map(\.tokens))
    for (found, expected) in zip(found, expected) {
      #expect(found.isComplete)
      #expect(abs(found.logProbability - expected.logProbability) < 1e-12)
      #expect(abs(found.score - expected.score) < 1e-12)
    }
    // What a narrow beam finds is there, and no better.
    let narrow = decoder.decode(
      [source], BeamSearchOptions(width: 3, lengthPenalty: penalty, count: 3)
    ) { _ in Self.longest }[0]
    #expect(narrow.map(\.score) == narrow.map(\.score).sorted(by: >))
    for target in narrow where target.isComplete {
      let same = expected.first { $0.tokens == target.tokens }
      #expect(abs((same?.logProbability ?? 0) - target.logProbability) < 1e-12)
    }
  }

  /// Several models: every token has the mean of their probabilities, whatever their shapes are.
  @Test func modelsSearchTogether() {
    let models = [
      Self.model(.general, feedsInput: true), Self.model(nil, feedsInput: false, seed: 12),
      Self.model(
        .additive, feedsInput: false, isBidirectional: false, output: Self.clusters, seed: 13),
    ]
    for source: [Int32] in [[4, 0, 2], [1]] {
      let logs = models.map { Self.logProbabilities($0, source) }
      let expected = Self.targets.indices.map { target in
        let sum = logs[0][target].indices.reduce(0.0) { sum, place in
          sum + log(logs.reduce(0) { $0 + exp($1[target][place]) } / 3)
        }
        return (tokens: Self.targets[target], logProbability: sum)
      }.sorted { $0.logProbability > $1.logProbability }
      let decoders = models.map { TranslationDecoder($0, team: WorkerTeam(count: 2)) }
      decoders[0].others = [decoders[1], decoders[2]]
      let found = decoders[0].decode(
        // Beside another source, whose hypotheses stand before and behind.
        [[3, 3, 1, 0], source, [2]],
        BeamSearchOptions(width: 128, lengthPenalty: 0, count: expected.count)
      ) { _ in Self.longest }[1]
      #expect(found.map(\.tokens) == expected.map(\.tokens))
      for (found, expected) in zip(found, expected) {
        #expect(abs(found.logProbability - expected.logProbability) < 1e-12)
      }
    }
  }

  /// One hypothesis takes the most probable token at every step.
  @Test func oneHypothesisIsGreedy() throws {
    for (attention, feedsInput, output) in [
      (nil, false, .full), (AttentionScore.additive, true, .full), (.general, false, Self.clusters),
    ] {
      let model = Self.model(attention, feedsInput: feedsInput, output: output)
      let decoder = TranslationDecoder(model, team: WorkerTeam(count: 1))
      for source: [Int32] in [[1], [3, 2, 0, 4], [2, 2]] {
        let sums = Self.logProbabilities(model, source)
        var expected: [Int32] = []
        while expected.count < Self.longest {
          // The stop symbol is the highest id: it loses to its equals.
          var best = (token: Int32(0), logProbability: -Double.infinity)
          for token in 0...model.configuration.stop {
            let begun = token == model.configuration.stop ? expected : expected + [token]
            let place = Self.targets.firstIndex { target in
              token == model.configuration.stop ? target == begun : target.starts(with: begun)
            }
            guard let place else { continue }
            let logProbability = sums[place][expected.count]
            if logProbability > best.logProbability { best = (token, logProbability) }
          }
          if best.token == model.configuration.stop { break }
          expected.append(best.token)
          // At the last place the table above knows the stop symbol only.
          if expected.count == Self.longest - 1 { break }
        }
        let found = try #require(decoder.decode([source]) { _ in Self.longest }[0].first)
        #expect(Array(found.tokens.prefix(Self.longest - 1)) == expected)
      }
    }
  }

  /// A source's targets depend neither on its neighbours nor on the workers.
  @Test(arguments: [1, 2, 5])
  func sourcesAreApart(workers: Int) {
    let model = Self.model(.additive, feedsInput: true)
    let sources: [[Int32]] = [[1], [3, 2, 0, 4], [2, 2], [0, 1, 2, 3, 4], [4]]
    let options = BeamSearchOptions(width: 3, count: 2, keepsWeights: true)
    let alone = sources.map {
      TranslationDecoder(model, team: WorkerTeam(count: 1)).decode([$0], options) { _ in 6 }[0]
    }
    let together = TranslationDecoder(model, team: WorkerTeam(count: workers), batchSize: 3)
      .decode(sources, options) { _ in 6 }
    #expect(together == alone)
    for (source, targets) in zip(sources, together) {
      #expect(!targets.isEmpty && targets.count <= 2)
      for target in targets {
        #expect(target.weights.count == target.tokens.count + (target.isComplete ? 1 : 0))
        for weights in target.weights {
          #expect(weights.count == source.count)
          #expect(abs(weights.reduce(0, +) - 1) < 1e-5)
        }
      }
    }
  }

  /// Where nothing ends in time, what there is comes back, marked.
  @Test func cutTargetsAreMarked() {
    let model = Self.model(nil, feedsInput: false)
    // The stop symbol becomes impossible.
    guard let bias = model.parameters.parameter(named: "output.bias") else { return }
    bias.values = bias.values.enumerated().map {
      $0.offset == Int(model.configuration.stop) ? -1000 : $0.element
    }
    model.parameters.pack()
    let found = TranslationDecoder(model, team: WorkerTeam(count: 1))
      .decode([[1, 2]], BeamSearchOptions(width: 2, count: 2)) { _ in 5 }[0]
    #expect(found.count == 2)
    #expect(found.allSatisfy { !$0.isComplete && $0.tokens.count == 5 })
    #expect(found.allSatisfy { !$0.tokens.contains(model.configuration.start) })
  }
}
