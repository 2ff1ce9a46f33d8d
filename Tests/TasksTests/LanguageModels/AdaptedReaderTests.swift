import Autodiff
import Compute
import Networks
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Measuring with weights that go on learning, and with a cache.
@Suite struct AdaptedReaderTests {
  /// The same few words again and again, which an untrained model does not know.
  private static let text = (0..<400).map { Int32([3, 1, 4, 1, 5, 9, 2, 6][$0 % 8]) }
  private static let outputs: [OutputForm] = [
    .full, .hierarchical(HuffmanTree(counts: Array(1...11))),
    .sampled(SampledForm(.softmax, samples: 4, noise: .logUniform(classes: 11))),
  ]

  private static func model(_ output: OutputForm = .full) -> LanguageModel<Float> {
    LanguageModel(
      LanguageModelConfiguration(
        vocabularySize: 11, embeddingSize: 5, hiddenSize: 18, layerCount: 2, output: output,
        ngrams: output.takesNGrams ? NGramForm(order: 3, size: 1 << 12) : nil, dropout: 0.5)
    ).allocated(seed: 4)
  }

  private static func nats(
    _ model: LanguageModel<Float>, workers: Int = 2, _ change: (inout Adaptation) -> Void
  ) -> Double {
    var adaptation = Adaptation()
    change(&adaptation)
    return AdaptedReader(model, adaptation, team: WorkerTeam(count: workers))
      .nats(0..<text.count) { text[$0] }
  }

  private static func plain(_ model: LanguageModel<Float>) -> Double {
    -TextLikelihoods(model, team: WorkerTeam(count: 1), maximumRows: 1).logProbabilities([text])[0]
  }

  /// A cache without weight changes nothing, and neither does a rate of next to nothing.
  @Test(arguments: outputs)
  func withoutEffectItIsPlain(output: OutputForm) {
    let model = Self.model(output)
    let plain = Self.plain(model)
    let cached = Self.nats(model) { ($0.cache, $0.lambda) = (50, 0) }
    #expect(abs(cached - plain) < 1e-5 * plain)
    let learnt = Self.nats(model) { ($0.rate, $0.steps) = (1e-12, 7) }
    #expect(abs(learnt - plain) < 1e-5 * plain)
  }

  /// It learns, by the same bits at any number of threads, and leaves the weights as they were.
  @Test(arguments: outputs)
  func learnsAndForgets(output: OutputForm) {
    let model = Self.model(output)
    let before = model.parameters.parameters.map(\.values)
    let plain = Self.plain(model)
    let nats = [1, 2, 3].map { workers in
      Self.nats(model, workers: workers) { ($0.rate, $0.decay) = (0.5, 0.01) }
    }
    #expect(nats[0] < 0.9 * plain)
    #expect(nats == [nats[0], nats[0], nats[0]])
    #expect(model.parameters.parameters.map(\.values) == before)
    #expect(Self.plain(model) == plain)
  }

  /// Against the definition, over the last 20 states.
  @Test func cacheIsThatOfItsDefinition() {
    let model = Self.model()
    let (theta, lambda, size) = (0.7, 0.4, 20)
    let tape = Tape<Float>(workers: 1)
    tape.begin(training: false)
    let (inputs, targets) = (Array(Self.text.dropLast()), Array(Self.text.dropFirst()))
    let plan = tape.plan(SequenceLayout(rows: 1, steps: inputs.count))
    let (terms, hidden) = inputs.withUnsafeBufferPointer { inputs in
      targets.withUnsafeBufferPointer { targets in
        let recorded = model.recordHidden(
          inputs: inputs, targets: targets, plan: plan, on: tape)
        WorkerTeam(count: 1).run { tape.forward($0) }
        return (recorded.loss.terms, recorded.hidden.value.values)
      }
    }
    let width = hidden.count / inputs.count
    var expected = 0.0
    for token in inputs.indices {
      var (hits, sum) = (0.0, 0.0)
      for earlier in max(0, token - size)..<token {
        let likeness = (0..<width).reduce(0.0) {
          $0 + Double(hidden[token * width + $1]) * Double(hidden[earlier * width + $1])
        }
        let weight = Scalar.exp(theta * likeness)
        sum += weight
        if targets[earlier] == targets[token] { hits += weight }
      }
      let p = Scalar.exp(-Double(terms[token]))
      expected -= Scalar.log(token == 0 ? p : (1 - lambda) * p + lambda * hits / sum)
    }
    let nats = Self.nats(model) { ($0.cache, $0.theta, $0.lambda) = (size, theta, lambda) }
    #expect(abs(nats - expected) < 1e-5 * expected)
    #expect(nats < Self.plain(model))
  }

  @Test func stepsGoBackToTheStart() {
    let store = ParameterStore<Double>()
    let w = store.add("w", shape: [3], role: .bias, initializer: .uniform(1))
    store.allocate(seed: 1)
    let start = w.values
    let optimizer = Optimizer(
      OptimizerConfiguration(DynamicRule(decay: 0.25), learningRate: 0.1), store)
    for index in 0..<3 { optimizer.moments[0].base[index] = start[index] }
    w.values = [1, -2, 0.5]
    for index in 0..<3 { store.gradients.base[index] = Double(index) - 1 }
    optimizer.beginStep(learningRate: 0.1)
    optimizer.apply(0..<3, of: w, factor: 1)
    for (index, value) in [1, -2, 0.5].enumerated() {
      let expected = value - 0.1 * (Double(index) - 1) - 0.25 * (value - start[index])
      #expect(abs(w.values[index] - expected) < 1e-15)
    }
  }
}
