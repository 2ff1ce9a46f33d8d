import Autodiff
import Compute
import Corpora
import Dispatch
import Networks
import Parallel

/// Full training updates of one shape on made-up tokens, timed.
///
/// An update is all of it: embedding, layers, output layer, loss, backward, clipping, optimizer,
/// packing. Operations are counted as 3 · 2 · tokens · (elements of the matrices a token meets).
package final class ThroughputBenchmark {
  package let shape: ThroughputShape
  package let model: LanguageModel<Float>
  package let updater: Updater<Float>
  package let team: WorkerTeam
  package let precision: Precision
  private let tape: Tape<Float>
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>
  private let seed: UInt64
  private var number = 0

  package init(
    _ shape: ThroughputShape, team: WorkerTeam, precision: Precision = .f32,
    optimizer: OptimizerConfiguration = OptimizerConfiguration(.adam), seed: UInt64 = 1
  ) {
    self.shape = shape
    self.team = team
    self.precision = precision
    self.seed = seed
    model = LanguageModel(shape.model, precision: precision).allocated(seed: seed)
    updater = Updater(
      model.parameters, team: team, optimizer: Optimizer(optimizer, model.parameters),
      clipping: Clipping(norm: 5))
    tape = Tape(workers: team.count, seed: seed, precision: precision)
    let capacity = shape.batch * shape.longest
    inputs = AlignedBuffer(count: capacity)
    targets = AlignedBuffer(count: capacity)
  }

  /// Minibatches that take turns: with varying lengths, all sizes have been seen after so many
  /// updates, and no memory is allocated any more.
  package static var minibatchCount: Int { 8 }

  /// One update; seconds and tokens.
  package func update() -> (seconds: Double, tokens: Int) {
    update(shape.layout(number % Self.minibatchCount, seed: seed))
  }

  /// One update on sequences of these lengths, at most as many tokens as the shape's largest.
  package func update(_ layout: SequenceLayout) -> (seconds: Double, tokens: Int) {
    let random = RandomStream(
      seed: seed, purpose: .generator, update: number % Self.minibatchCount)
    let tokens = layout.tokenCount
    precondition(tokens <= inputs.count, "\(tokens) tokens, room for \(inputs.count)")
    for token in 0..<tokens {
      inputs.base[token] = Int32(random.word(row: 0, index: token) % UInt32(shape.vocabulary))
      targets.base[token] = Int32(random.word(row: 1, index: token) % UInt32(shape.vocabulary))
    }
    let start = DispatchTime.now().uptimeNanoseconds
    tape.begin(training: true, update: number)
    model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: tokens),
      targets: UnsafeBufferPointer(start: targets.base, count: tokens),
      plan: tape.plan(layout), on: tape)
    _ = updater.update(tape, learningRate: 1e-3)
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    number += 1
    return (seconds, tokens)
  }

  /// Of the bytes of all weights.
  package var weightsDigest: UInt64 {
    ContentDigest.of(UnsafeRawBufferPointer(model.parameters.values.elements))
  }

  /// Operations of one update of `tokens` tokens.
  package func operations(tokens: Int) -> Double {
    6 * Double(tokens) * Double(model.matrixElementsPerToken)
  }
}
