import Compute
import Runs

/// Looks at a training that somebody else drives.
protocol TrainingObserver {
  /// - Parameter warn: is told what goes wrong; training goes on.
  func observe(_ event: TrainingEvent, _ warn: (String) -> Void)
}

/// Lets the model write at each validation, and puts that into the run's metrics.
final class SampleRecorder<Task: TrainingTask>: TrainingObserver {
  private let run: TrainingRun<Task>
  private var hasFailed = false

  init(_ run: TrainingRun<Task>) { self.run = run }

  func observe(_ event: TrainingEvent, _ warn: (String) -> Void) {
    guard case .validated = event, !hasFailed else { return }
    do {
      if let text = try RunSample.text(of: run.task) { try run.recordSample(text) }
    } catch {
      hasFailed = true
      warn("no samples from here on: \((error as? UserError)?.message ?? "\(error)")")
    }
  }
}

extension TrainingRequest {
  /// Throws a usage `UserError` if something is asked for that the task cannot do.
  func check(for task: any TrainingTask.Type) throws {
    guard writesSamples, !Abilities.sampling.isOf(task) else { return }
    let able = TaskRegistry.commands(with: Abilities.sampling.isOf).joined(separator: ", ")
    throw UserError.usage(
      "--samples is for runs of: \(able); this one is 'train \(task.call)'", hint: "drop --samples")
  }

  /// Who looks at a training beside its display.
  func observers<Task: TrainingTask>(of run: TrainingRun<Task>) -> [any TrainingObserver] {
    (writesSamples ? [SampleRecorder(run)] : [])
      + (board.map { [BoardRecorder(run, folder: $0.folder)] } ?? [])
  }
}
