import Foundation
import Compute
import Measures
import Runs

/// Shows a training on standard error.
final class TrainingDisplay {
  private var measure: ProgressSnapshot.Measure?
  private let line: ProgressLine
  private let isQuiet: Bool

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    line = ProgressLine(isQuiet: isQuiet)
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .started(let summary):
      measure = summary.measure
      say(describe(summary))
    case .updated(let report): show(report)
    case .validated(let report): show(report)
    case .passedOver(let report): warn(report.text)
    case .rolledBack(let report): warn(report.text)
    case .saved: line.skipTime()
    case .tested(let evaluation): show(evaluation)
    case .note(let text): say(text)
    case .warning(let text): warn(text)
    case .ended: line.finish()
    }
  }

  private func show(_ report: UpdateReport) {
    line.update(
      ProgressSnapshot(
        update: report.update, totalUpdates: report.totalUpdates, epoch: report.epoch,
        loss: report.loss, measure: measure, learningRate: report.learningRate,
        gradientNorm: report.gradientNorm), tokens: report.tokens)
  }

  private func show(_ report: ValidationReport) {
    var text = "epoch \(fixed(report.epoch, 2))  valid \(report.score.text)"
    if let loss = report.trainingLoss { text += "  train \(fixed(loss, 4))" }
    if report.isBest { text += "  best" }
    say(text)
    line.skipTime()
  }

  /// What the best weights do on the test data.
  private func show(_ evaluation: Evaluation) {
    say("test  \(evaluation.score.text)")
    if !evaluation.report.isEmpty { say(evaluation.report) }
  }

  /// The last word.
  func finish(_ end: TrainingEnd, update: Int, _ run: RunFolder) {
    let folder = run.url.relativePath
    switch end {
    case .finished: say("done: \(update) updates, best weights in \(folder)/model.safetensors")
    case .stoppedEarly: say("stopped early: validation no longer improves")
    case .interrupted:
      say(
        "stopped at update \(update): continue with \(ProgramName.current) train --resume \(folder)"
      )
    }
    let dropped = MessageStream.standardError.droppedCount
    if dropped > 0 { say("\(dropped) messages could not be shown") }
  }

  private func say(_ text: String) { if !isQuiet { line.message(text) } }

  func warn(_ text: String) { line.message("warning: \(text)") }

  private func describe(_ summary: RunSummary) -> String {
    var text =
      "\(summary.parameters) parameters, \(summary.description), "
      + "\(summary.totalUpdates) updates (\(summary.updatesPerEpoch) an epoch), "
      + "\(summary.threads) threads"
    if let monitored = summary.monitored { text += ", best by \(monitored)" }
    if summary.firstUpdate > 0 { text += ", resumed at update \(summary.firstUpdate)" }
    return text
  }

  private func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
