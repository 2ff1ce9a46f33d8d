import Foundation

/// What may be done with a stream that people or logs read.
package struct TerminalTraits: Sendable, Equatable {
  /// Whether a line may be drawn over.
  package let isInteractive: Bool
  package let usesColor: Bool

  package init(isInteractive: Bool, usesColor: Bool) {
    self.isInteractive = isInteractive
    self.usesColor = usesColor
  }

  /// The usual conventions: `CI` (not empty) and `TERM=dumb` mean that nobody watches. Colour is
  /// off without a terminal, on a dumb one, and with `NO_COLOR` (not empty); `FORCE_COLOR` or
  /// `CLICOLOR_FORCE` (not empty, not `0`) turn it on all the same.
  ///
  /// - Parameter color: what a flag said, which beats all; nil without a flag.
  package init(isTerminal: Bool, environment: [String: String], color: Bool? = nil) {
    func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
    let isForced = ["FORCE_COLOR", "CLICOLOR_FORCE"].contains {
      isSet($0) && environment[$0] != "0"
    }
    let isDumb = environment["TERM"] == "dumb"
    isInteractive = isTerminal && !isDumb && !isSet("CI")
    usesColor = color ?? (isForced || isTerminal && !isDumb && !isSet("NO_COLOR"))
  }

  /// The traits of this process's standard error.
  package static func standardError(color: Bool? = nil) -> TerminalTraits {
    TerminalTraits(
      isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment,
      color: color)
  }

  /// Columns of a line: `COLUMNS`, else what the terminal says, else 80.
  package static func width(environment: [String: String], terminal: Int?) -> Int {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    return terminal.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  /// Columns of the terminal behind standard error; may change while a process runs.
  package static func standardErrorWidth() -> Int {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return width(
      environment: ProcessInfo.processInfo.environment,
      terminal: isKnown ? Int(size.ws_col) : nil)
  }
}
