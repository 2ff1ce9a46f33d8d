import Dispatch
import Foundation
import Interchange
import Measures
import Runs

/// `unroll_progress`.
public typealias ProgressFunction =
  @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Int32

/// A caller who is told what happens in a training, and may end it.
final class Listener {
  private let function: ProgressFunction?
  private let context: UnsafeMutableRawPointer?
  private var wantsEnd = false
  /// By a clock that never goes backwards, in nanoseconds.
  private var lastCall: UInt64 = 0
  /// Between updates that are told, and between questions whether to go on.
  private static let pause: UInt64 = 50_000_000

  init(_ function: ProgressFunction?, _ context: UnsafeMutableRawPointer?) {
    (self.function, self.context) = (function, context)
  }

  /// Whether the caller wants the training to end.
  var isDone: Bool {
    if isDue { call(nil) }
    return wantsEnd
  }

  func tell(_ event: TrainingEvent) {
    if case .updated(let report) = event, report.update < report.totalUpdates, !isDue { return }
    "\(event.json)".withCString { call($0) }
  }

  private var isDue: Bool {
    function != nil && DispatchTime.now().uptimeNanoseconds - lastCall >= Self.pause
  }

  private func call(_ event: UnsafePointer<CChar>?) {
    guard let function else { return }
    if function(context, event) != 0 { wantsEnd = true }
    lastCall = DispatchTime.now().uptimeNanoseconds
  }
}

extension TrainingEvent {
  fileprivate var json: JSONValue {
    func object(_ name: String, _ members: [JSONValue.Member]) -> JSONValue {
      .object([.init("event", .string(name))] + members)
    }
    func message(_ name: String, _ text: String) -> JSONValue {
      object(name, [.init("text", .string(text))])
    }
    switch self {
    case .started(let summary):
      return object(
        "started",
        [
          .init("parameters", .integer(summary.parameters)),
          .init("description", .string(summary.description)),
          .init("monitored", summary.monitored.map { .string($0) } ?? .null),
          .init("updates_per_epoch", .integer(summary.updatesPerEpoch)),
          .init("total_updates", .integer(summary.totalUpdates)),
          .init("first_update", .integer(summary.firstUpdate)),
          .init("threads", .integer(summary.threads)),
        ])
    case .updated(let report):
      return object(
        "updated",
        [
          .init("update", .integer(report.update)),
          .init("total_updates", .integer(report.totalUpdates)),
          .init("epoch", .number(report.epoch)), .init("loss", .number(report.loss)),
          .init("lr", .number(report.learningRate)),
          .init("grad_norm", .number(report.gradientNorm)),
          .init("tokens", .integer(report.tokens)),
        ])
    case .validated(let report):
      return object(
        "validated",
        [
          .init("update", .integer(report.update)), .init("epoch", .number(report.epoch)),
          .init("is_best", .boolean(report.isBest)), .init("text", .string(report.score.text)),
        ] + report.score.all.map { .init($0.key, .number($0.value)) })
    case .tested(let evaluation):
      return object(
        "tested",
        [.init("text", .string(evaluation.score.text))]
          + evaluation.score.all.map { .init($0.key, .number($0.value)) })
    case .saved(let url): return object("saved", [.init("path", .string(url.path))])
    case .passedOver(let report): return message("warning", report.text)
    case .rolledBack(let report): return message("warning", report.text)
    case .note(let text): return message("note", text)
    case .warning(let text): return message("warning", text)
    case .ended(let end): return object("ended", [.init("end", .string(end.name))])
    }
  }
}

extension TrainingEnd {
  var name: String {
    switch self {
    case .finished: "finished"
    case .stoppedEarly: "stopped_early"
    case .interrupted: "interrupted"
    }
  }
}
