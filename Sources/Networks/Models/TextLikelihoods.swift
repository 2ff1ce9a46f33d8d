import Autodiff
import Compute
import Parallel

/// Reads texts side by side, from states of zeros and with dropout off, and tells how probable each
/// token was.
///
/// Rows may differ in length; memory is that of `stepsAtOnce` steps, however long they are.
/// Not thread-safe; the work is shared by the team.
package final class TextLikelihoods<S: MatrixElement> {
  package let model: LanguageModel<S>
  package let maximumRows: Int
  private let team: WorkerTeam
  private let tape: Tape<S>
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>
  private let states: CarriedStates<S>
  private static var stepsAtOnce: Int { 64 }

  package init(_ model: LanguageModel<S>, team: WorkerTeam, maximumRows: Int) {
    precondition(maximumRows > 0)
    self.model = model
    self.team = team
    self.maximumRows = maximumRows
    tape = Tape(workers: team.count, precision: model.precision)
    inputs = AlignedBuffer(count: maximumRows * Self.stepsAtOnce)
    targets = AlignedBuffer(count: maximumRows * Self.stepsAtOnce)
    states = CarriedStates(model.configuration, rows: maximumRows)
  }

  /// - Parameters:
  ///   - lengths: predictions to make in each row, longest first; row r reads tokens
  ///     `0 ..< lengths[r]` and is asked for `1 ... lengths[r]`.
  ///   - token: the token at (row, position), position up to `lengths[row]`.
  ///   - visit: called with (row, position, nats): how improbable the token at `position + 1` was.
  ///     Positions of a row come in order; none once the team is cancelled.
  package func read(
    lengths: [Int], token: (Int, Int) -> Int32, visit: (Int, Int, Double) -> Void
  ) {
    precondition(lengths.count <= maximumRows, "\(lengths.count) rows, room for \(maximumRows)")
    states.reset()
    let reading = Activity(total: lengths.reduce(0, +), unit: .items("tokens"))
    defer { reading.end() }
    var position = 0
    while let longest = lengths.first, position < longest, !team.isCancelled {
      let layout = SequenceLayout(
        lengths: lengths.map { min(Self.stepsAtOnce, $0 - position) }.filter { $0 > 0 })
      for step in 0..<layout.stepCount {
        for row in 0..<layout.activeRows[step] {
          let place = layout.offsets[step] + row
          inputs.base[place] = token(row, position + step)
          targets.base[place] = token(row, position + step + 1)
        }
      }
      let nats = run(layout)
      for step in 0..<layout.stepCount {
        for row in 0..<layout.activeRows[step] {
          visit(row, position + step, Double(nats[layout.offsets[step] + row]))
        }
      }
      position += Self.stepsAtOnce
      reading.advance(by: layout.tokenCount)
    }
  }

  private func run(_ layout: SequenceLayout) -> [S] {
    tape.begin(training: false)
    let plan = tape.plan(layout)
    let (loss, final) = model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: layout.tokenCount),
      targets: UnsafeBufferPointer(start: targets.base, count: layout.tokenCount), plan: plan,
      states: states.variables(plan, on: tape), on: tape)
    team.run { [tape] worker in tape.forward(worker) }
    states.capture(final)
    return loss.terms
  }

  /// Log-probabilities of whole sequences, in nats: of every token but the first, given those
  /// before. Results are in the order of `sequences`; each has at least two tokens.
  package func logProbabilities(_ sequences: [[Int32]]) -> [Double] {
    var results = [Double](repeating: 0, count: sequences.count)
    read(sequences) { sequence, _, nats in results[sequence] -= nats }
    return results
  }

  /// Likewise for each token but the first.
  package func tokenLogProbabilities(_ sequences: [[Int32]]) -> [[Double]] {
    var results = sequences.map { [Double](repeating: 0, count: $0.count - 1) }
    read(sequences) { results[$0][$1] = -$2 }
    return results
  }

  /// - Parameter visit: called with (sequence, position, nats), see above.
  private func read(_ sequences: [[Int32]], visit: (Int, Int, Double) -> Void) {
    // Longest first, ties in their order: equal inputs meet in equal minibatches.
    let order = sequences.indices.sorted {
      (sequences[$1].count, $0) < (sequences[$0].count, $1)
    }
    var start = 0
    while start < order.count {
      let rows = Array(order[start..<min(start + maximumRows, order.count)])
      read(
        lengths: rows.map { sequences[$0].count - 1 },
        token: { sequences[rows[$0]][$1] },
        visit: { visit(rows[$0], $1, $2) })
      start += maximumRows
    }
  }
}
