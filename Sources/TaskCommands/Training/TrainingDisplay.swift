import Foundation
import Compute
import Measures
import Runs

/// Shows a training on standard error and records it in metrics.jsonl.
final class TrainingDisplay {
  private var measure: ProgressSnapshot.Measure?
  private let line: ProgressLine
  private let isQuiet: Bool
  private var metrics: MetricsWriter?
  private var interval = RecordInterval.automatic
  private var failure: (any Error)?
  /// Whether a record has said the format of the records.
  private var saysFormat = false
  private var rate = SmoothedRate()
  private var lastTime = Date()
  private var lastUpdate = 0
  private let start = Date()
  /// Seconds that earlier processes trained this run.
  private var earlierTime = 0.0

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    line = ProgressLine(isQuiet: isQuiet)
  }

  /// Opens the metrics of a new run, or cuts those of a resumed run back to `update`.
  ///
  /// - Parameter every: updates between records; 0: see `RecordInterval`.
  func open(_ url: URL, resumingAt update: Int?, every: Int) throws {
    interval = RecordInterval(every: every)
    guard let update else {
      metrics = try MetricsWriter(creating: url)
      return
    }
    let writer = try MetricsWriter(resuming: url, at: update)
    metrics = writer
    earlierTime = writer.history.wallTime
    for gap in writer.history.gaps(until: update, interval) { show(.warning(gap)) }
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .started(let summary):
      (measure, lastUpdate) = (summary.measure, summary.firstUpdate)
      say(describe(summary))
    case .updated(let report): show(report)
    case .validated(let report): show(report)
    case .saved:
      attempt { try metrics?.synchronize() }
      line.skipTime()
    case .tested(let evaluation): show(evaluation)
    case .note(let text): say(text)
    case .warning(let text): line.message("warning: \(text)")
    }
  }

  private func show(_ report: UpdateReport) {
    let now = Date()
    let seconds = now.timeIntervalSince(lastTime)
    (lastTime, lastUpdate) = (now, report.update)
    rate.add(Double(report.tokens), seconds: seconds)
    line.update(
      ProgressSnapshot(
        update: report.update, totalUpdates: report.totalUpdates, epoch: report.epoch,
        loss: report.loss, measure: measure, learningRate: report.learningRate,
        gradientNorm: report.gradientNorm), tokens: report.tokens)
    guard interval.isDue(report.update) else { return }
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
          (MetricsRecord.wallTimeName, .number(wallTime(at: now))),
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
          (MetricsRecord.wallTimeName, .number(wallTime(at: lastTime))),
        ]))
  }

  /// What the best weights do on the test data.
  private func show(_ evaluation: Evaluation) {
    let score = evaluation.score
    say("test  \(score.text)")
    if !evaluation.report.isEmpty { say(evaluation.report) }
    write(
      MetricsRecord(
        update: lastUpdate,
        fields: [("split", .text("test")), ("loss", .number(score.loss))]
          + score.figures.map { ($0.key, .number($0.value)) }
          + [
            ("tokens", .integer(score.count)),
            (MetricsRecord.wallTimeName, .number(wallTime(at: Date()))),
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
  func finish(_ end: TrainingEnd, update: Int, _ run: RunFolder) throws {
    line.finish()
    let folder = run.url.relativePath
    switch end {
    case .finished: say("done: \(update) updates, best weights in \(folder)/model.safetensors")
    case .stoppedEarly: say("stopped early: validation no longer improves")
    case .interrupted:
      say("stopped at update \(update): continue with unroll train --resume \(folder)")
    }
    let dropped = MessageStream.standardError.droppedCount
    if dropped > 0 { say("\(dropped) messages could not be shown") }
    if let failure { throw failure }
  }

  private func say(_ text: String) { if !isQuiet { line.message(text) } }

  private func write(_ record: MetricsRecord) {
    attempt {
      try metrics?.write(saysFormat ? record : record.withFormat)
      saysFormat = true
    }
  }

  /// Training goes on without its log; the first failure is told once, and again at the end.
  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch {
      if failure == nil { show(.warning((error as? UserError)?.message ?? "\(error)")) }
      failure = failure ?? error
    }
  }

  private func wallTime(at time: Date) -> Double { earlierTime + time.timeIntervalSince(start) }

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
