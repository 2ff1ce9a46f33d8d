import Compute
import Foundation
import Measures

/// Writes what happens during a run into its `metrics.jsonl`.
///
/// Training goes on if that fails: the first failure is told at once, and again by `finish`.
final class RunRecorder {
  private let url: URL
  private let interval: RecordInterval
  private var metrics: MetricsWriter
  private var measure: ProgressSnapshot.Measure?
  private var failure: (any Error)?
  /// Whether a record has said the format of the records.
  private var saysFormat = false
  private var lastTime = Date()
  private var lastUpdate: Int
  private let start = Date()
  /// Seconds that earlier processes trained this run.
  private let earlierTime: Double

  /// Goes on with the metrics of a run that has done `update` updates: what was recorded later is taken
  /// out, and so is the validation at `update` if it is due.
  ///
  /// - Parameter every: updates between records; 0: see `RecordInterval`.
  init(_ url: URL, at update: Int, isValidationDue: Bool, every: Int) throws {
    self.url = url
    interval = RecordInterval(every: every)
    lastUpdate = update
    metrics = try MetricsWriter(resuming: url, at: update, beforeValidation: isValidationDue)
    earlierTime = metrics.history.wallTime
  }

  /// What the records lack up to `update`, in sentences.
  func gaps(until update: Int) -> [String] { metrics.history.gaps(until: update, interval) }

  func record(_ event: TrainingEvent, _ warn: (String) -> Void) {
    do { try record(event) } catch {
      if failure == nil { warn((error as? UserError)?.message ?? "\(error)") }
      failure = failure ?? error
    }
  }

  /// Returns when what was recorded would survive a power cut: before a checkpoint is written.
  func synchronize(_ warn: (String) -> Void) {
    do { try metrics.synchronize() } catch {
      if failure == nil { warn((error as? UserError)?.message ?? "\(error)") }
      failure = failure ?? error
    }
  }

  /// Throws what could not be recorded.
  func finish() throws { if let failure { throw failure } }

  /// Where the time went, over the updates of this process.
  func recordProfile(_ phases: [(phase: PhaseClock.Phase, seconds: Double)]) throws {
    for (phase, seconds) in phases {
      try write("profile", [("phase", .text("\(phase)")), ("seconds", .number(seconds))])
    }
  }

  func recordSample(_ text: String) throws {
    try write(MetricsRecord.sample, [("text", .text(text))])
  }

  private func record(_ event: TrainingEvent) throws {
    switch event {
    case .started(let summary): measure = summary.measure
    case .updated(let report): try record(report)
    case .validated(let report):
      lastTime = Date()
      try write(
        MetricsRecord.validation,
        [("epoch", .number(report.epoch))] + fields(of: report.score) + [wallTime])
    case .tested(let evaluation): try write("test", fields(of: evaluation.score) + [wallTime])
    case .passedOver(let report):
      lastUpdate = report.update
      try write(
        "skipped",
        [
          ("epoch", .number(report.epoch)), ("loss", .number(report.loss)),
          ("lr", .number(report.learningRate)), ("grad_norm", .number(report.gradientNorm)),
          ("rows", .texts(report.places)), wallTime,
        ])
    case .rolledBack(let report):
      metrics = try MetricsWriter(
        resuming: url, at: report.to, beforeValidation: report.isValidationDue)
      // It belongs to the updates that are made again.
      lastUpdate = report.to + 1
      try write(
        "rollback",
        [
          ("from", .integer(report.from)), ("reason", .text(report.reason)),
          ("rate_factor", .number(report.rateFactor)), ("count", .integer(report.count)), wallTime,
        ])
    case .saved: lastTime = Date()
    case .note, .warning, .ended: break
    }
  }

  private func record(_ report: UpdateReport) throws {
    let now = Date()
    let seconds = now.timeIntervalSince(lastTime)
    (lastTime, lastUpdate) = (now, report.update)
    guard interval.isDue(report.update) else { return }
    let perplexity: [Field] = measure == nil ? [] : [("ppl", .number(exp(report.loss)))]
    try write(
      "train",
      [("epoch", .number(report.epoch)), ("loss", .number(report.loss))] + perplexity + [
        ("lr", .number(report.learningRate)), ("grad_norm", .number(report.gradientNorm)),
        ("tokens", .integer(report.tokens)),
        ("tokens_per_sec", .number(seconds > 0 ? Double(report.tokens) / seconds : 0)), wallTime,
      ])
  }

  private typealias Field = (key: String, value: MetricsRecord.Value)

  private func fields(of score: Score) -> [Field] {
    [("loss", .number(score.loss))] + score.figures.map { ($0.key, .number($0.value)) }
      + [("tokens", .integer(score.count))]
  }

  private var wallTime: Field {
    (MetricsRecord.wallTimeName, .number(earlierTime + Date().timeIntervalSince(start)))
  }

  private func write(_ split: String, _ fields: [Field]) throws {
    let record = MetricsRecord(
      update: lastUpdate, fields: [(MetricsRecord.splitName, .text(split))] + fields)
    try metrics.write(saysFormat ? record : record.withFormat)
    saysFormat = true
  }
}
