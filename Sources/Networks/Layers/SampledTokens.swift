import Autodiff
import Compute
import Parallel

/// Memory for the tokens that a decoder reads where it is sometimes given its own last one instead of
/// the true one.
///
/// `@unchecked Sendable`: made ready outside regions; inside, each worker writes the ids of its own
/// rows, and one worker fills `index` between barriers.
final class SampledTokens: @unchecked Sendable {
  private var memory = AlignedBuffer<Int32>(count: 256)
  private let index = TokenIndex()

  /// Records the embedding of all tokens, for `SampledEmbedding.record` to fill step by step.
  ///
  /// - Parameters:
  ///   - inputs: the true tokens, in token order.
  ///   - probability: that a token after the first is the model's own.
  func record<S: MatrixElement>(
    _ inputs: UnsafeBufferPointer<Int32>, probability: Double, table: Parameter<S>, plan: RowPlan,
    on tape: Tape<S>
  ) -> SampledEmbedding<S> {
    if memory.count < inputs.count { memory = AlignedBuffer(count: 2 * inputs.count) }
    let ids = UnsafeMutableBufferPointer(start: memory.base, count: inputs.count)
    _ = ids.update(fromContentsOf: inputs)
    let tokens = tape.variable(columns: table.columns, plan: plan)
    if let dy = tokens.gradient {
      // Filled with the true tokens, to have its memory, and anew with those that were read.
      index.fill(inputs, idCount: table.rows)
      tape.owe(.scatter(dy: dy, tokens: index), to: table)
      tape.record(TokensRead<S>(ids: UnsafeBufferPointer(ids), index: index))
    }
    return SampledEmbedding(
      tokens: tokens, ids: ids, table: table, probability: probability,
      random: RandomStream(
        seed: tape.takeRowSeed(), purpose: .scheduledSampling, update: tape.update))
  }
}

/// Scheduled sampling: `X[t, row] = table[y(t)]`, where y(t) is the true token or, with some
/// probability, the one that the model found most probable a step before, so that it learns to go on
/// after its own mistakes.
///
/// Which rows read their own token at which steps is known when the minibatch is recorded: it is
/// drawn at (seed, update, row, step). What that token is only turns out while the tape runs. No
/// gradient flows through the choice.
///
/// Cost: for the rows that read their own token the output layer once more.
///
/// Source: Bengio et al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks"
/// (2015), with the most probable token in place of a drawn one.
struct SampledEmbedding<S: MatrixElement>: @unchecked Sendable {
  // Sendable: each worker writes the ids of its own rows.
  /// `[tokens, size]`.
  let tokens: Variable<S>
  fileprivate let ids: UnsafeMutableBufferPointer<Int32>
  fileprivate let table: Parameter<S>
  fileprivate let probability: Double
  fileprivate let random: RandomStream

  /// Records the tokens of `step`.
  ///
  /// - Parameters:
  ///   - features: `[rows, in]` of the step before, which `output` reads; nil at the first step.
  ///   - choices: the outputs below it are tokens.
  func record(
    _ step: Int, after features: Variable<S>?, _ output: LinearLayer<S>, choices: Int,
    on tape: Tape<S>
  ) {
    let rows = features == nil ? [] : (0..<tokens.plan.layout.activeRows[step]).filter(isOwn(step))
    tape.record(
      SampledStep(
        embedding: self, step: step, rows: rows, features: features?.value,
        logits: rows.isEmpty
          ? nil
          : tape.arena.matrix(
            rows: features?.value.rows ?? 0, columns: output.weight.parameter.rows),
        output: output, choices: choices))
  }

  private func isOwn(_ step: Int) -> (Int) -> Bool {
    { Double(random.word(row: $0, index: step)) < probability * 0x1p32 }
  }
}

/// Chooses the tokens of one step, and looks them up.
private struct SampledStep<S: MatrixElement>: TapeOperation {
  let embedding: SampledEmbedding<S>
  let step: Int
  /// Those that read their own token, ascending.
  let rows: [Int]
  let features: Matrix<S>?
  let logits: Matrix<S>?
  let output: LinearLayer<S>
  let choices: Int

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let (tokens, table) = (embedding.tokens, embedding.table)
    let active = tokens.plan.shard(of: lane.worker).activeRows(at: step)
    let first = tokens.plan.layout.offsets[step]
    let own = rows.filter(active.contains)
    if let features, let logits, !own.isEmpty {
      let ranges = own.map { $0..<$0 + 1 }
      for range in ranges { output.packedBias.write(to: logits, range) }
      output.weight.forward.multiply(
        features, ranges, into: logits, adding: true, scratch: lane.scratch)
      for row in own {
        embedding.ids[first + row] = Int32(
          Rows.indexOfLargest(logits.row(row), count: choices))
      }
    }
    let padding = tokens.value.paddedColumns - table.columns
    for token in first + active.lowerBound..<first + active.upperBound {
      let row = tokens.value.row(token)
      row.update(
        from: table.value + Int(embedding.ids[token]) * table.columns, count: table.columns)
      (row + table.columns).clear(count: padding)
    }
  }

  func backward(_ lane: Lane<S>) {}
}

/// Sorts the tokens by id, once all workers have chosen theirs.
private struct TokensRead<S: MatrixElement>: TapeOperation {
  let ids: UnsafeBufferPointer<Int32>
  let index: TokenIndex

  func forward(_ lane: Lane<S>) {}

  /// Recorded before all that reads the tokens, so it comes after them; gradients are paid after another barrier.
  func backward(_ lane: Lane<S>) {
    lane.worker.barrier()
    if lane.worker.index == 0 { index.fill(ids) }
  }
}

// Sendable: the ids are written before the barrier in `backward`.
extension TokensRead: @unchecked Sendable {}
