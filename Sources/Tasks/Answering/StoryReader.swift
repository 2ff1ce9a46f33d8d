import Autodiff
import Compute
import Networks
import Parallel
import Runs

/// Answers questions without training: dropout off, every question once.
///
/// Not thread-safe; the work is shared by the team.
final class StoryReader {
  let model: MemoryNetwork<Float>
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let recorder: StoryRecorder

  init(_ model: MemoryNetwork<Float>, team: WorkerTeam) {
    self.model = model
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
    recorder = StoryRecorder(model)
  }

  /// What was read of one question.
  struct Reading {
    let question: Int
    /// Scores of all answers.
    let scores: [Float]
    /// For each hop how much of each sentence of the story was taken.
    let attention: [[Float]]

    /// The first of the best.
    var answer: Int { scores.indexOfMaximum }
  }

  /// Answers all questions of `data`, in any order.
  ///
  /// - Parameter hasTargets: whether answers are known.
  /// - Returns: the sum of the losses of answers that were trained; 0 without targets.
  @discardableResult
  func read(_ data: StoryData, hasTargets: Bool, visit: (Reading) -> Void) -> Double {
    var loss = 0.0
    data.lengths.forEachBatchByLength { rows in
      tape.begin(training: false)
      let output = recorder.record(data, rows: rows, hasTargets: hasTargets, on: tape)
      let tape = tape
      team.run { tape.forward($0) }
      loss += output.loss?.sum ?? 0
      for (row, question) in rows.enumerated() {
        func numbers(_ matrix: Matrix<Float>, _ count: Int) -> [Float] {
          Array(UnsafeBufferPointer(start: matrix.row(row), count: count))
        }
        visit(
          Reading(
            question: question, scores: numbers(output.scores, output.scores.columns),
            attention: output.attention.map {
              numbers($0, data.questions[question].sentences.count)
            }))
      }
    }
    return loss
  }
}
