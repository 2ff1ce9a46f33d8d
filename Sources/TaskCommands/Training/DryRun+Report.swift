import Compute
import Foundation
import Runs

extension DryRun {
  /// For people, in lines: the model, its memory by parts, the time.
  var report: String {
    var rows = memory.parts.map { ($0.name, "\(ByteCount($0.bytes))") }
    let available = SystemMemory.total.map { " of \(ByteCount($0))" } ?? ""
    rows.append(("together", "\(ByteCount(memory.total))\(available)"))
    rows.append(
      (
        "an update",
        "\(Self.text(secondsPerUpdate)), median of \(seconds.count) on \(threads) threads; "
          + "\(Int(tokensPerSecond)) tokens a second"
      ))
    rows.append(
      (
        "\(totalUpdates) updates",
        "\(Self.text(secondsPerUpdate * Double(totalUpdates))), \(updatesPerEpoch) an epoch; "
          + "validations and checkpoints come on top"
      ))
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    return "\(parameters) parameters, \(description)\n"
      + advice.map { $0 + "\n" }.joined()
      + rows.map { $0.0.padding(toLength: width, withPad: " ", startingAt: 0) + $0.1 + "\n" }
      .joined()
  }

  /// `1.2 ms`, `3.4 s`, `5 min`, `6.7 h`.
  private static func text(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: String(format: "%.1f ms", 1000 * seconds)
    case ..<120: String(format: "%.1f s", seconds)
    case ..<7200: String(format: "%.0f min", seconds / 60)
    default: String(format: "%.1f h", seconds / 3600)
    }
  }
}
