import Autodiff
import Compute

/// A task and its examples as a trainer takes them: a batch is the number of an update.
package final class TaskModel<Task: TrainingTask>: TrainableModel {
  package let task: Task
  private let examples: Task.Examples
  private var order: any ExampleOrder
  private let totalUpdates: Int
  /// What is recorded in place of the examples whose turn it is.
  private var chosen: [Int]?

  init(_ task: Task, _ examples: Task.Examples, order: any ExampleOrder, totalUpdates: Int) {
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
      examples, rows: chosen ?? order.rows(update: update),
      UpdateProgress(update: update, totalUpdates: totalUpdates), on: tape)
  }

  /// The examples of an update; none where a task has its own way through the data.
  func rows(update: Int) -> [Int] { order.rows(update: update) }

  func place(of example: Int) -> String? { examples.place(of: example) }

  /// Runs `body`, in which updates are recorded with `rows` alone.
  func choosing<Result>(_ rows: [Int], _ body: () -> Result) -> Result {
    chosen = rows
    defer { chosen = nil }
    return body()
  }

  /// What training with `settings` takes, by the longest minibatch. Nothing is computed.
  func memory(
    _ settings: Task.Settings, validation: Task.Examples?, workers: Int
  ) throws -> MemoryEstimate {
    try MemoryEstimate(
      parameters, settings.optimizer.configuration,
      averages: settings.optimizer.averageAfter > 0 ? 1 : 0, savesFromCopy: true,
      precision: precision, workers: workers
    ) {
      try task.recordLargest(examples, rows: order.largestMinibatch, on: $0)
    } read: { tape in
      guard let validation else { return }
      let rows = task.largestRead(validation)
      if !rows.isEmpty { try task.recordLargest(validation, rows: rows, on: tape) }
    }
  }
}
