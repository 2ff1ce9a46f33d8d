import Foundation
import Testing
import TestSupport

/// What a finished command left behind.
struct CommandResult {
  /// The exit code; 128 + n if signal n ended it.
  let status: Int32
  let output: String
  let errors: String

  /// Standard output as one JSON object a line.
  func jsonLines() throws -> [[String: Any]] {
    try output.split(separator: "\n").map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }
}

/// The built `unroll`, run as a user runs it: another process, files for its three streams.
final class UnrollProcess {
  private let process = Process()
  private let streams: TemporaryFolder

  /// Starts the command.
  ///
  /// - Parameters:
  ///   - bytes: of standard input, behind the text.
  ///   - environment: added to this process's own, less what would set options. Settings do not follow from
  ///     the data, unless it says so.
  ///   - folder: working directory.
  init(
    _ arguments: [String], input: String = "", bytes: Data = Data(),
    environment: [String: String] = [:], in folder: URL? = nil
  ) throws {
    streams = try TemporaryFolder()
    try streams.write(Data(input.utf8) + bytes, to: "input")
    for name in ["output", "errors"] { try streams.write("", to: name) }
    process.executableURL = try Self.executable()
    process.arguments = arguments
    // Neither the shell's settings nor a machine's may change what is tested.
    let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
      name == "UNROLL_ISA" || !(name.hasPrefix("UNROLL_") || ["CI", "NO_COLOR"].contains(name))
    }
    process.environment = inherited.merging(["UNROLL_TRAIN_DEFAULTS": "fixed"]) { $1 }
      .merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder }
    process.standardInput = try FileHandle(forReadingFrom: streams.file("input"))
    process.standardOutput = try FileHandle(forWritingTo: streams.file("output"))
    process.standardError = try FileHandle(forWritingTo: streams.file("errors"))
    // A job in a shell's background ignores SIGINT, or SIGHUP under nohup, and so would what it starts; a
    // user's does not.
    signal(SIGINT, SIG_DFL)
    signal(SIGHUP, SIG_DFL)
    try process.run()
  }

  /// Runs a command to its end.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:],
    in folder: URL? = nil
  ) throws -> CommandResult {
    try UnrollProcess(arguments, input: input, environment: environment, in: folder).wait()
  }

  /// Runs a command that has to succeed.
  @discardableResult
  static func succeed(
    _ arguments: [String], input: String = "", environment: [String: String] = [:],
    in folder: URL? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> CommandResult {
    let result = try run(arguments, input: input, environment: environment, in: folder)
    try #require(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
    return result
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  func wait() throws -> CommandResult {
    process.waitUntilExit()
    let status =
      process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
    return CommandResult(
      status: status, output: try text("output"), errors: try text("errors"))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: streams.file(name)), as: UTF8.self)
  }

  /// The command lies beside the test bundle.
  static func executable() throws -> URL {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folder = bundle.deletingLastPathComponent()
    while folder.path != "/" {
      let url = folder.appendingPathComponent("unroll")
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
        !isFolder.boolValue
      {
        return url
      }
      folder.deleteLastPathComponent()
    }
    throw MissingExecutable(description: "there is no 'unroll' beside or above \(bundle.path)")
  }

  private struct MissingExecutable: Error, CustomStringConvertible { let description: String }
}
