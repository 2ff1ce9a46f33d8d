import Autodiff
import Compute
import Parallel

/// Guides a search by a language model: keeps the model's state after every prefix it is asked to
/// read, until the next `begin`.
///
/// Not thread-safe. Memory: the states of the layers and one number a class for each prefix; cost of
/// `extend`: one step of the model, all prefixes side by side.
package final class LanguageModelScorer: LabelScorer {
  private struct Reading {
    /// For each layer h, then c.
    let states: [[Float]]
    let logProbabilities: [Double]
    let end: Double
  }

  private let model: LanguageModel<Float>
  private let tokens: [Int32]
  private let boundary: Int32
  private let rows: Int
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let states: CarriedStates<Float>
  private let inputs: AlignedBuffer<Int32>
  private var readings: [Reading] = []

  /// - Parameters:
  ///   - tokens: the model's token for each class; any for blank.
  ///   - boundary: the token that ends a text: every text is read as if it followed one.
  ///   - rows: prefixes that are read at once.
  package init(_ model: LanguageModel<Float>, tokens: [Int32], boundary: Int32, rows: Int) {
    self.model = model
    self.tokens = tokens
    self.boundary = boundary
    self.rows = rows
    // A step of a few rows is too small to share.
    team = WorkerTeam(count: 1)
    tape = Tape(workers: 1, precision: model.precision)
    states = CarriedStates(model.configuration, rows: rows)
    inputs = AlignedBuffer(count: rows)
  }

  package func begin() -> Int {
    let zeros = states.matrices.map { [Float](repeating: 0, count: $0.matrix.columns) }
    readings = read([zeros], [boundary])
    return 0
  }

  package func extend(_ steps: [(prefix: Int, label: Int)]) -> [Int] {
    let first = readings.count
    for start in stride(from: 0, to: steps.count, by: rows) {
      let part = steps[start..<min(start + rows, steps.count)]
      readings += read(part.map { readings[$0.prefix].states }, part.map { tokens[$0.label] })
    }
    return Array(first..<readings.count)
  }

  package func logProbabilities(after prefix: Int) -> [Double] { readings[prefix].logProbabilities }
  package func endLogProbability(after prefix: Int) -> Double { readings[prefix].end }

  /// Reads one token a row from the given states.
  private func read(_ before: [[[Float]]], _ ids: [Int32]) -> [Reading] {
    for (row, layers) in before.enumerated() {
      for (values, (_, matrix)) in zip(layers, states.matrices) {
        for (column, value) in values.enumerated() { matrix[row, column] = value }
      }
      inputs.base[row] = ids[row]
    }
    tape.begin(training: false)
    let plan = tape.plan(SequenceLayout(rows: ids.count, steps: 1))
    let (logits, final) = model.recordLogits(
      inputs: UnsafeBufferPointer(start: inputs.base, count: ids.count), plan: plan,
      states: states.variables(plan, on: tape), on: tape)
    team.run { [tape] worker in tape.forward(worker) }
    states.capture(final)
    return ids.indices.map { row in
      let scores = CTCFrames(
        logits: [
          Array(UnsafeBufferPointer(start: logits.value.row(row), count: logits.value.columns))
        ]
      ).values
      return Reading(
        states: states.matrices.map { _, matrix in
          Array(UnsafeBufferPointer(start: matrix.row(row), count: matrix.columns))
        },
        logProbabilities: tokens.map { scores[Int($0)] }, end: scores[Int(boundary)])
    }
  }
}
