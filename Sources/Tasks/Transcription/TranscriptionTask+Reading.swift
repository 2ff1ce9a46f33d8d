import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

extension TranscriptionTask {
  /// Reads all of `sequences` without training, in any order.
  ///
  /// - Parameters:
  ///   - targets: the classes of each; nil: no loss is wanted.
  ///   - visit: called with the place of a sequence and its frames.
  /// - Returns: the sum of `-ln p` in nats and the number of labels, of those that have enough steps.
  @discardableResult
  func read(
    _ sequences: VectorSequences, targets: [[Int32]]? = nil, visit: (Int, CTCFrames) -> Void
  ) -> (nats: Double, labels: Int) {
    var (nats, labels) = (0.0, 0)
    pass.read(sequences.lengths, expecting: sequences.expect) {
      rows, tape -> (Variable<Float>, Loss<Float>?) in
      let x = tape.features(sequences, rows)
      guard let targets else { return (model.recordLogits(x, on: tape), nil) }
      let chosen = CTCTargets(rows.map { targets[$0] })
      let (loss, infeasible) = model.record(x, targets: chosen, scale: 1, on: tape)
      labels += chosen.labelCount(without: infeasible)
      return (x, loss)
    } visit: { rows, read in
      let (output, loss) = read
      nats += loss?.sum ?? 0
      guard let logits = targets == nil ? output.value : loss?.outputs else { return }
      let layout = output.plan.layout
      for (row, place) in rows.enumerated() {
        visit(
          place,
          CTCFrames(
            logits: (0..<layout.lengths[row]).map {
              logits.numbers(ofRow: layout.offsets[$0] + row)
            }
          ))
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
