import Compute

/// Tells of lines that are passed over: the first ones each, then how many more there were.
package final class SkippedLines {
  private static let shown = 20
  private var count = 0

  package init() {}

  package func tell(_ error: UserError) {
    count += 1
    guard count <= Self.shown else { return }
    Output.standardError.write("warning: \(error.message)\n")
  }

  /// To be called at the end.
  package func finish() {
    guard count > Self.shown else { return }
    Output.standardError.write(
      "warning: so are \(count - Self.shown) more lines, \(count) in all\n")
  }
}
