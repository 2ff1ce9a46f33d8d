import Foundation
import Compute
import Runs

/// Standard output, which takes results, and standard error, which takes everything else.
package struct Output {
  /// Results are written at once, and waited for as long as it takes.
  package static let standardOutput = Output()
  /// Messages are dropped where nobody takes them.
  package static var standardError: StatusLine { .standardError }

  private var isStandardError = false

  /// Where a command says what it has written to files: standard output, or standard error where standard output
  /// is one of them, whose content would not end with what it is.
  ///
  /// - Parameter paths: nil for a file that was not asked for.
  package static func beside(_ paths: [String?]) -> Output {
    Output(isStandardError: paths.contains { $0.map(isStandardOutput) ?? false })
  }

  private static func isStandardOutput(_ path: String) -> Bool {
    var file = stat()
    var output = stat()
    guard stat(path, &file) == 0, fstat(STDOUT_FILENO, &output) == 0 else { return false }
    return file.st_dev == output.st_dev && file.st_ino == output.st_ino
  }

  /// Writes a part of the result.
  ///
  /// A reader that went away, as `head` does in everybody's pipeline, ends the process quietly. A
  /// result that cannot be written otherwise ends it with a sentence and exit code 1.
  package func write(_ text: String) {
    guard !isStandardError else { return Self.standardError.write(text) }
    StatusLine.standardError.clear()
    do {
      try StandardStreams.write(text, to: STDOUT_FILENO)
    } catch {
      if (error as? SystemError)?.code == EPIPE { Foundation.exit(0) }
      Self.fail(UserError("cannot write to standard output: \(error)"))
    }
  }

  /// One JSON object on a line of standard output, keys in order. JSON has no NaN and no infinity: they
  /// are written as `null`.
  package static func json(_ object: [String: Any]) { standardOutput.json(object) }

  /// The same where this output goes.
  package func json(_ object: [String: Any]) {
    do {
      let data = try JSONSerialization.data(
        withJSONObject: Self.finite(object), options: [.sortedKeys, .withoutEscapingSlashes])
      write(String(decoding: data, as: UTF8.self) + "\n")
    } catch {
      preconditionFailure("no JSON: \(object)")
    }
  }

  private static func finite(_ value: Any) -> Any {
    switch value {
    case let number as Double where !number.isFinite: NSNull()
    case let list as [Any]: list.map(finite)
    case let members as [String: Any]: members.mapValues(finite)
    default: value
    }
  }

  /// The last word: says why, if anybody listens, and ends the process.
  package static func fail(_ error: UserError) -> Never {
    fail("\(error)", exitCode: error.kind.rawValue)
  }

  package static func fail(_ text: String, exitCode: Int32) -> Never {
    StatusLine.standardError.yield()
    try? StandardStreams.write(text + "\n", to: STDERR_FILENO)
    Foundation.exit(exitCode)
  }
}

extension StatusLine {
  /// Writes whole lines above the progress.
  package func write(_ text: String) {
    message(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }
}
