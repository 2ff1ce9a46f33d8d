import Foundation
import Unroll

final class TrainingDisplay {
  init(_ kind: TokenKind, isQuiet: Bool) {}
  func open(_ url: URL, resumingAt: Int?) throws {}
  func writeProfile(_ p: [(phase: PhaseClock.Phase, seconds: Double)]) {}
  func finish(_ end: TrainingEnd, _ run: LanguageModelRun) {}
  func show(_ event: TrainingEvent) {
    switch event {
    case .updated(let u): if u.update % 20 == 0 { print(u.update, u.totalUpdates, u.loss, u.gradientNorm) }
    default: print(event)
    }
  }
}
final class StopSignals { var received: Int32? { nil }; var exitCode: Int32? { nil } }
