import Compute
import Dispatch
import Foundation
import Interchange
import Measures
import Runs

/// Writes what happens during a run for TensorBoard: scalars as often as `metrics.jsonl` has them, and at
/// each validation histograms of weights and gradients, a text where the task writes, pictures where it
/// has some. Where nothing is validated, a checkpoint is the time for these.
///
/// Looks only: weights and random numbers of the training are what they are without it. A validation that
/// has a picture to show is made once more.
final class BoardRecorder<Task: TrainingTask>: TrainingObserver {
  private let run: TrainingRun<Task>
  private let folder: URL
  private let interval: RecordInterval
  private var file: EventFile?
  private var hasFailed = false
  private var showsConfusion = true
  private var lastTime = DispatchTime.now()
  private var lastPhases: [Double] = []

  /// - Parameter folder: where the file of events goes; nil: to the run's own.
  init(_ run: TrainingRun<Task>, folder: URL?) {
    self.run = run
    self.folder = folder ?? run.folder.url
    interval = RecordInterval(every: run.settings.train.logEvery)
  }

  func observe(_ event: TrainingEvent, _ warn: (String) -> Void) {
    guard !hasFailed else { return }
    do { try record(event) } catch {
      hasFailed = true
      warn(
        "nothing more for TensorBoard: \((error as? UserError)?.message ?? "\(error)")")
    }
  }

  private func record(_ event: TrainingEvent) throws {
    switch event {
    case .started(let summary): try begin(summary)
    case .updated(let report): try record(report)
    case .validated(let report):
      try write(scalars(of: report.score, "valid") + (try details()))
      lastTime = .now()
    case .saved:
      if !run.validates { try write(details()) }
      lastTime = .now()
    case .rolledBack(let report): try file?.restart(at: report.to + 1)
    case .tested(let evaluation): try write(scalars(of: evaluation.score, "test"))
    case .passedOver, .note, .warning, .ended: break
    }
  }

  private func begin(_ summary: RunSummary) throws {
    let file = try EventFile(in: folder, host: HostName.current)
    self.file = file
    lastPhases = run.phaseSeconds.map(\.seconds)
    guard summary.firstUpdate == 0 else {
      return try file.restart(at: summary.firstUpdate + 1)
    }
    try write([.text("configuration", run.configuration)])
  }

  private func record(_ report: UpdateReport) throws {
    let now = DispatchTime.now()
    let seconds = Double(now.uptimeNanoseconds - lastTime.uptimeNanoseconds) * 1e-9
    lastTime = now
    guard interval.isDue(report.update) else { return }
    try write([
      .scalar("train/loss", report.loss), .scalar("train/learning_rate", report.learningRate),
      .scalar("train/gradient_norm", report.gradientNorm),
      .scalar("train/tokens_per_second", seconds > 0 ? Double(report.tokens) / seconds : 0),
      .scalar("train/epoch", report.epoch),
    ])
  }

  private func write(_ summaries: [BoardSummary]) throws {
    try file?.write(summaries, step: run.update)
  }

  private func scalars(of score: Score, _ split: String) -> [BoardSummary] {
    score.all.map { .scalar("\(split)/\($0.key)", $0.value) }
  }

  // MARK: What takes a while

  private func details() throws -> [BoardSummary] {
    var summaries = phases() + run.histograms
    if let sample = try RunSample.text(of: run.task) { summaries.append(.text("sample", sample)) }
    return summaries + (try pictures())
  }

  /// Which share of the time went where since the last look.
  private func phases() -> [BoardSummary] {
    let phases = run.phaseSeconds
    // What is hidden is beside the time, not part of it.
    let spent = zip(phases, lastPhases).filter { $0.0.phase != .hidden }
      .map { (phase: $0.phase, seconds: $0.seconds - $1) }
    lastPhases = phases.map(\.seconds)
    let all = spent.reduce(0) { $0 + $1.seconds }
    guard all > 0 else { return [] }
    return spent.map { .scalar("phase/\($0.phase)", $0.seconds / all) }
  }

  private func pictures() throws -> [BoardSummary] {
    var summaries: [BoardSummary] = []
    if showsConfusion {
      let confusion = try run.evaluateValidation()?.confusion
      showsConfusion = confusion != nil
      if let picture = confusion?.picture { summaries.append(.picture("confusion", picture)) }
    }
    for (index, plot) in run.alignmentsOfValidation(count: 2).enumerated() {
      if let picture = plot.picture {
        summaries.append(.picture("attention/\(index + 1)", picture))
      }
    }
    return summaries
  }
}

extension ConfusionMatrix {
  /// A row a true class: the darker, the larger the share of the row; wrong answers in another colour.
  fileprivate var picture: Picture? {
    let count = classes.count
    guard count <= 256 else { return nil }
    let present = classScores.map(\.present)
    return Picture(rows: count, columns: count, side: max(1, 320 / count)) { row, column in
      let share = present[row] > 0 ? Double(self[row, column]) / Double(present[row]) : 0
      return shade(share, towards: row == column ? (37, 99, 235) : (194, 65, 12))
    }
  }
}

extension AlignmentPlot {
  /// A row a token of the target, a column a token of the source.
  fileprivate var picture: Picture? {
    guard let columns = weights.first?.count, columns > 0, weights.count * columns <= 1 << 14 else {
      return nil
    }
    return Picture(rows: weights.count, columns: columns, side: 12) { row, column in
      shade(Double(weights[row][column]), towards: (37, 99, 235))
    }
  }
}

/// White where nothing is, a colour where all is.
private func shade(_ share: Double, towards colour: (Double, Double, Double)) -> (
  UInt8, UInt8, UInt8
) {
  let share = share.isFinite ? min(1, max(0, share)) : 0
  func mixed(_ channel: Double) -> UInt8 { UInt8(255 - share * (255 - channel)) }
  return (mixed(colour.0), mixed(colour.1), mixed(colour.2))
}
