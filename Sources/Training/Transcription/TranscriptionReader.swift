import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Runs a `Transcriber` over recordings without training: dropout and noise off, each once.
///
/// Not thread-safe; the work is shared by the team.
package final class TranscriptionReader {
  private let model: Transcriber<Float>
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let batchSize: Int

  package init(_ model: Transcriber<Float>, team: WorkerTeam, batchSize: Int = 64) {
    self.model = model
    self.team = team
    self.batchSize = batchSize
    tape = Tape(workers: team.count, precision: model.precision)
  }

  /// Reads all of `sequences`, in any order.
  ///
  /// - Parameters:
  ///   - targets: the classes of each; nil: no loss is wanted.
  ///   - visit: called with the place of a sequence and its frames.
  /// - Returns: the sum of `-ln p` in nats and the number of labels, of those that have enough steps.
  @discardableResult
  package func read(
    _ sequences: VectorSequences, targets: [[Int32]]? = nil, visit: (Int, CTCFrames) -> Void
  ) -> (nats: Double, labels: Int) {
    let lengths = sequences.lengths
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var (nats, labels) = (0.0, 0)
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let rows = Array(order[start..<min(start + batchSize, order.count)])
      tape.begin(training: false)
      let x = tape.features(sequences, rows)
      var logits: Matrix<Float>?
      var losses: Loss<Float>?
      if let targets {
        let chosen = CTCTargets(rows.map { targets[$0] })
        let (loss, infeasible) = model.record(x, targets: chosen, scale: 1, on: tape)
        labels += chosen.labelCount(without: infeasible)
        (losses, logits) = (loss, loss.outputs)
      } else {
        logits = model.recordLogits(x, on: tape).value
      }
      let tape = tape
      team.run { tape.forward($0) }
      nats += losses?.sum ?? 0
      guard let logits else { continue }
      let layout = x.plan.layout
      for (row, place) in rows.enumerated() {
        visit(
          place,
          CTCFrames(
            logits: (0..<layout.lengths[row]).map { step in
              Array(
                UnsafeBufferPointer(
                  start: logits.row(layout.offsets[step] + row), count: logits.columns))
            }))
      }
    }
    return (nats, labels)
  }
}

extension CTCTargets {
  /// Labels of all rows but some.
  func labelCount(without rows: [Int]) -> Int {
    rows.reduce(labels.count) { $0 - count(ofRow: $1) }
  }
}
