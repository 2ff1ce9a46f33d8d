import Compute
import Foundation
import Synchronization

/// The last line of a terminal, which is drawn over again and again, and what is written above it. In a
/// log, where nothing can be drawn over, every line stays.
///
/// For any number of threads.
package final class StatusLine: Sendable {
  package static let standardError = StatusLine(
    traits: .standardError(), width: TerminalTraits.standardErrorWidth,
    write: { MessageStream.standardError.write($0) })

  package let traits: TerminalTraits
  private let width: @Sendable () -> Int
  private let write: @Sendable (String) -> Void

  /// What stands on the line.
  private enum Content {
    case nothing
    /// Goes when something else comes.
    case passing
    /// Stays where it is the last one.
    case lasting
  }
  private let content = Mutex(Content.nothing)

  /// - Parameters:
  ///   - width: columns of the terminal, now.
  ///   - write: takes text for the terminal or log.
  package init(
    traits: TerminalTraits, width: @escaping @Sendable () -> Int,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.traits = traits
    self.width = width
    self.write = write
  }

  /// Shows a line of progress: in place of the one before on a terminal, else as a line of its own.
  ///
  /// - Parameters:
  ///   - isPassing: whether the line goes when its work is done.
  ///   - text: makes the line for so many columns, nil for any; itself nil: nothing is to be shown, and
  ///     what passes has passed. No other thread writes meanwhile.
  package func draw(isPassing: Bool = false, _ text: (Int?) -> String?) {
    content.withLock { content in
      // The last column stays free: writing there makes some terminals begin a new line.
      guard let line = text(traits.isInteractive ? width() - 1 : nil) else {
        return clear(&content)
      }
      guard traits.isInteractive else { return write(line + "\n") }
      write("\r\(line)\u{1B}[K")
      content = isPassing ? .passing : .lasting
    }
  }

  /// Writes a whole line above the progress.
  package func message(_ text: String) {
    content.withLock { content in
      write((content == .nothing ? "" : "\r\u{1B}[K") + text + "\n")
      content = .nothing
    }
  }

  /// Makes room for what others write to the terminal.
  package func yield() {
    content.withLock { content in
      switch content {
      case .nothing: return
      case .passing: write("\r\u{1B}[K")
      case .lasting: write("\n")
      }
      content = .nothing
    }
  }

  /// Takes away what passes.
  package func clear() { content.withLock { clear(&$0) } }

  private func clear(_ content: inout Content) {
    guard content == .passing else { return }
    write("\r\u{1B}[K")
    content = .nothing
  }
}
