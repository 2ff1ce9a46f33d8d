import Foundation
import Unroll

/// Shows a training on standard error and records it in metrics.jsonl.
final class TrainingDisplay {
  private var measure: ProgressSnapshot.Measure?
  private let line: ProgressLine
  private let isQuiet: Bool
  private var metrics: MetricsWriter?
  private var failure: (any Error)?
  private var rate = SmoothedRate()
  private var lastTime = Date()
  private let start = Date()

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    line = ProgressLine(isQuiet: isQuiet)
  }

  /// Opens the metrics of a new run, or cuts those of a resumed run back to `update`.
  func open(_ url: URL, resumingAt update: Int?) throws {
    metrics =
      try update.map { try MetricsWriter(resuming: url, at: $0) }
      ?? MetricsWriter(creating: url)
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .started(let summary):
      measure = summary.measure
      say(describe(summary))
    case .updated(let report): show(report)
    case .validated(let report): show(report)
    case .saved: line.skipTime()
    case .warning(let text): Output.standardError.write("warning: \(text)\n")
    }
  }

  private func show(_ report: UpdateReport) {
    let now = Date()
    let seconds = now.timeIntervalSince(lastTime)
    lastTime = now
    rate.add(Double(report.tokens), seconds: seconds)
    line.update(
      ProgressSnapshot(
        update: report.update, totalUpdates: report.totalUpdates, epoch: report.epoch,
        loss: report.loss, measure: measure, learningRate: report.learningRate,
        gradientNorm: report.gradientNorm), tokens: report.tokens)
    let perplexity: [(String, MetricsRecord.Value)] =
      measure == nil ? [] : [("ppl", .number(exp(report.loss)))]
    write(
      MetricsRecord(
        update: report.update,
        fields: [
          ("split", .text("train")), ("epoch", .number(report.epoch)),
          ("loss", .number(report.loss)),
        ] + perplexity + [
          ("lr", .number(report.learningRate)), ("grad_norm", .number(report.gradientNorm)),
          ("tokens", .integer(report.tokens)),
          ("tokens_per_sec", .number(seconds > 0 ? Double(report.tokens) / seconds : 0)),
          ("wall_time", .number(now.timeIntervalSince(start))),
        ]))
  }

  private func show(_ report: ValidationReport) {
    var text = "epoch \(fixed(report.epoch, 2))  valid \(report.score.text)"
    if let loss = report.trainingLoss { text += "  train \(fixed(loss, 4))" }
    if report.isBest { text += "  best" }
    say(text)
    line.skipTime()
    lastTime = Date()
    write(
      MetricsRecord(
        update: report.update,
        fields: [
          ("split", .text("valid")), ("epoch", .number(report.epoch)),
          ("loss", .number(report.score.loss)),
        ] + report.score.figures.map { ($0.key, .number($0.value)) } + [
          ("tokens", .integer(report.score.count)),
          ("wall_time", .number(lastTime.timeIntervalSince(start))),
        ]))
  }

  /// Records where the time went, over the updates of this process.
  func writeProfile(_ phases: [(phase: PhaseClock.Phase, seconds: Double)], update: Int) {
    for (phase, seconds) in phases {
      write(
        MetricsRecord(
          update: update,
          [
            "split": .text("profile"), "phase": .text("\(phase)"),
            "seconds": .number(seconds),
          ]))
    }
  }

  /// The last word. Throws if the metrics could not be written.
  func finish<Job: TrainingJob>(_ end: TrainingEnd, _ run: TrainingRun<Job>) throws {
    line.finish()
    let folder = run.folder.url.relativePath
    switch end {
    case .finished: say("done: \(run.update) updates, best weights in \(folder)/model.safetensors")
    case .stoppedEarly: say("stopped early: validation no longer improves")
    case .interrupted:
      say("stopped at update \(run.update): continue with unroll train --resume \(folder)")
    }
    if let failure { throw failure }
  }

  private func say(_ text: String) { if !isQuiet { line.message(text) } }

  private func write(_ record: MetricsRecord) {
    do { try metrics?.write(record) } catch {
      // Training goes on without its log; the first failure is told once, and again at the end.
      if failure == nil { show(.warning((error as? UserError)?.message ?? "\(error)")) }
      failure = failure ?? error
    }
  }

  private func describe(_ summary: RunSummary) -> String {
    var text =
      "\(summary.parameters) parameters, \(summary.description), "
      + "\(summary.totalUpdates) updates (\(summary.updatesPerEpoch) an epoch), "
      + "\(summary.threads) threads"
    if summary.firstUpdate > 0 { text += ", resumed at update \(summary.firstUpdate)" }
    return text
  }

  private func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
