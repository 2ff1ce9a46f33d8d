import Autodiff
import Compute
import Parallel

/// A task and its examples as a trainer takes them: a batch is the number of an update.
package final class TaskModel<Task: TrainingTask>: TrainableModel {
  package let task: Task
  private let examples: Task.Examples
  private var order: any ExampleOrder
  private let totalUpdates: Int
  private let leaves: Leaves
  /// What is recorded in place of the examples whose turn it is.
  private var chosen: [Int]?
  /// The last answer of the order, which is asked for once a leaf, and the one that comes next.
  private var latest: (update: Int, rows: [Int], next: [Int])?

  init(
    _ task: Task, _ examples: Task.Examples, order: any ExampleOrder, totalUpdates: Int,
    leaves: Leaves
  ) {
    self.leaves = leaves
    self.task = task
    self.examples = examples
    self.order = order
    self.totalUpdates = totalUpdates
  }

  /// Before each update: see `ExampleSet`.
  func checkFiles() throws { try examples.checkFiles() }

  package var parameters: ParameterStore<Float> { task.parameters }
  package var precision: Precision { task.precision }

  package func record(_ update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    task.record(
      examples, rows: chosen ?? rows(update: update),
      UpdateProgress(update: update, totalUpdates: totalUpdates), on: tape)
  }

  package func record(
    _ update: Int, leaf: Int, of leaves: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch? {
    let rows = Leaves.deal(rows(update: update), to: leaf, of: leaves)
    guard !rows.isEmpty else { return nil }
    return task.record(
      examples, rows: rows, UpdateProgress(update: update, totalUpdates: totalUpdates), on: tape)
  }

  package func record(
    _ update: Int, leaves: Range<Int>, of count: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch? {
    let all = rows(update: update)
    let dealt = zip(all, Leaves.owners(of: all.count, among: count)).filter { leaves ~= $1 }
    tape.divide(among: leaves, dealt.map(\.1))
    guard !dealt.isEmpty else { return nil }
    return task.record(
      examples, rows: dealt.map(\.0),
      UpdateProgress(update: update, totalUpdates: totalUpdates), on: tape)
  }

  /// The examples of an update, as the rows of its minibatch.
  func rows(update: Int) -> [Int] {
    if let latest, latest.update == update { return latest.rows }
    let known = latest.flatMap { $0.update == update - 1 ? $0.next : nil }
    let rows = known ?? order.rows(update: update)
    let next = order.rows(update: update + 1)
    examples.expect(leaves.own(of: next))
    latest = (update, rows, next)
    return rows
  }

  func place(of example: Int) -> String? { examples.place(of: example) }

  /// Runs `body`, in which updates are recorded with `rows` alone.
  func choosing<Result>(_ rows: [Int], _ body: () -> Result) -> Result {
    chosen = rows
    defer { chosen = nil }
    return body()
  }

  /// What training with `settings` takes, by the longest minibatch. Nothing is computed.
  ///
  /// - Parameter link: to other processes that share it, of which the first one saves.
  func memory(
    _ settings: Task.Settings, validation: Task.Examples?, workers: Int,
    link: (any RankLink)? = nil
  ) throws -> MemoryEstimate {
    try MemoryEstimate(
      parameters, settings.optimizer.configuration,
      averages: settings.optimizer.averageAfter > 0 ? 1 : 0, leafSums: leaves.memoryCopies,
      ranks: link?.count ?? 1, savesFromCopy: (link?.rank ?? 0) == 0,
      precision: precision, workers: workers
    ) {
      // Dealt the longest first, the first leaf has the most, and so has the first of several together.
      let largest = order.largestMinibatch
      let dealt = zip(largest, Leaves.owners(of: largest.count, among: leaves.count))
      if let together = leaves.groups.first, together.count > 1 {
        let rows = dealt.filter { $1 < together.count }
        $0.divide(among: 0..<together.count, rows.map(\.1))
        try task.recordLargest(examples, rows: rows.map(\.0), on: $0)
        if $0.isDivided { return }
        $0.begin(training: true)
      }
      try task.recordLargest(examples, rows: dealt.filter { $1 == 0 }.map(\.0), on: $0)
    } read: { tape in
      guard let validation else { return }
      let rows = task.largestRead(validation)
      if !rows.isEmpty { try task.recordLargest(validation, rows: rows, on: tape) }
    }
  }
}
