import Runs
import Synchronization

/// A terminal, or a log, with a clock that the test turns.
final class ShownWorld: Sendable {
  private let state = Mutex((time: 0.0, written: [String](), width: 200))

  var time: Double {
    get { state.withLock { $0.time } }
    set { state.withLock { $0.time = newValue } }
  }
  var width: Int {
    get { state.withLock { $0.width } }
    set { state.withLock { $0.width = newValue } }
  }
  /// All that was written, piece by piece.
  var written: [String] { state.withLock { $0.written } }

  func status(isInteractive: Bool) -> StatusLine {
    StatusLine(
      traits: TerminalTraits(isInteractive: isInteractive, usesColor: false),
      width: { self.width }, write: { text in self.state.withLock { $0.written.append(text) } })
  }

  func line(isInteractive: Bool, isQuiet: Bool = false) -> ProgressLine {
    ProgressLine(
      on: status(isInteractive: isInteractive), isQuiet: isQuiet, clock: { self.time })
  }

  /// What a terminal shows in the end, line by line.
  var screen: [String] {
    var lines = [""]
    for text in written {
      for piece in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        if piece.offset > 0 { lines.append("") }
        let last = piece.element.replacing("\u{1B}[K", with: "").split(
          separator: "\r", omittingEmptySubsequences: false
        ).last
        if piece.element.contains("\r") { lines[lines.count - 1] = "" }
        lines[lines.count - 1] += String(last ?? "")
      }
    }
    return lines
  }
}
