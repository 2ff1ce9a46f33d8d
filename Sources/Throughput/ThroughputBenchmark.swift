import Autodiff
import Compute
import Corpora
import Dispatch
import Networks
import Parallel
import Runs

/// Full training updates of one shape on made-up tokens, timed.
///
/// An update is all of it: embedding, layers, output layer, loss, backward, clipping, optimizer,
/// packing. Operations are counted as 3 · 2 · tokens · (elements of the matrices a token meets).
package final class ThroughputBenchmark {
  package let shape: ThroughputShape
  package let model: LanguageModel<Float>
  package let trainer: Trainer<MadeTokens>
  package let team: WorkerTeam
  package let precision: Precision
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>
  private let seed: UInt64
  private let law: NoiseDistribution?
  private var number = 0

  package init(
    _ shape: ThroughputShape, team: WorkerTeam, precision: Precision = .f32,
    optimizer: OptimizerConfiguration = .adam(learningRate: 2e-3), leaves: Leaves = .one,
    link: (any RankLink)? = nil, seed: UInt64 = 1
  ) {
    self.shape = shape
    self.team = team
    self.precision = precision
    self.seed = seed
    law = shape.tokens
    model = LanguageModel(shape.model, precision: precision).allocated(seed: seed)
    let capacity = shape.batch * shape.longest
    inputs = AlignedBuffer(count: capacity)
    targets = AlignedBuffer(count: capacity)
    trainer = Trainer(
      MadeTokens(model: model, inputs: inputs, targets: targets), team: team,
      optimizer: optimizer, clipping: Clipping(norm: 5), leaves: leaves, link: link, seed: seed)
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
    func token(_ row: Int, _ index: Int) -> Int32 {
      let word = random.word(row: row, index: index)
      guard let law else { return Int32(word % UInt32(shape.vocabulary)) }
      return Int32(law.draw(word, random.word(row: row + 2, index: index)))
    }
    for index in 0..<tokens {
      inputs.base[index] = token(0, index)
      targets.base[index] = token(1, index)
    }
    let start = DispatchTime.now().uptimeNanoseconds
    trainer.step(layout, learningRate: 1e-3)
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

/// A language model over tokens that somebody has written into its buffers.
package struct MadeTokens: TrainableModel {
  let model: LanguageModel<Float>
  let inputs: AlignedBuffer<Int32>
  let targets: AlignedBuffer<Int32>
  /// As large: those of the leaves that were recorded last.
  private let leafInputs: AlignedBuffer<Int32>
  private let leafTargets: AlignedBuffer<Int32>

  init(model: LanguageModel<Float>, inputs: AlignedBuffer<Int32>, targets: AlignedBuffer<Int32>) {
    self.model = model
    self.inputs = inputs
    self.targets = targets
    leafInputs = AlignedBuffer(count: inputs.count)
    leafTargets = AlignedBuffer(count: inputs.count)
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }

  package func record(_ layout: SequenceLayout, on tape: Tape<Float>) {
    record(layout, inputs, targets, on: tape)
  }

  package func record(
    _ layout: SequenceLayout, leaf: Int, of leaves: Int, on tape: Tape<Float>
  ) -> Void? {
    record(layout, rows: Leaves.deal(Array(0..<layout.rowCount), to: leaf, of: leaves), on: tape)
  }

  package func record(
    _ layout: SequenceLayout, leaves: Range<Int>, of count: Int, on tape: Tape<Float>
  ) -> Void? {
    let owners = Leaves.owners(of: layout.rowCount, among: count)
    let rows = owners.indices.filter { leaves ~= owners[$0] }
    tape.divide(among: leaves, rows.map { owners[$0] })
    guard rows.count < layout.rowCount else { return record(layout, on: tape) }
    return record(layout, rows: rows, on: tape)
  }

  private func record(_ layout: SequenceLayout, rows: [Int], on tape: Tape<Float>) -> Void? {
    guard !rows.isEmpty else { return nil }
    let part = SequenceLayout(lengths: rows.map { layout.lengths[$0] })
    for (place, row) in rows.enumerated() {
      for step in 0..<part.lengths[place] {
        let (from, to) = (layout.offsets[step] + row, part.offsets[step] + place)
        leafInputs.base[to] = inputs.base[from]
        leafTargets.base[to] = targets.base[from]
      }
    }
    return record(part, leafInputs, leafTargets, on: tape)
  }

  private func record(
    _ layout: SequenceLayout, _ inputs: AlignedBuffer<Int32>, _ targets: AlignedBuffer<Int32>,
    on tape: Tape<Float>
  ) {
    model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: layout.tokenCount),
      targets: UnsafeBufferPointer(start: targets.base, count: layout.tokenCount),
      plan: tape.examplePlan(layout), on: tape)
  }
}
