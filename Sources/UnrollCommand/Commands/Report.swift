import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a page of one run, or of several beside each other.",
    discussion: """
      One HTML file that needs nothing else and loads nothing: curves, best figures, configuration and \
      what differs, texts the model wrote (--samples of a training), where the time went (--profile), \
      what goes wrong, the machine, and the command that trains the run again.

      With --data, the best model is measured on those files, and the page shows what its task can \
      show: which class was taken for which, what was looked at, gradients through time, examples.

      With --watch, the page is served to browsers of this machine and follows the runs while they \
      train, until Ctrl-C.
      """)

  @Argument(help: ArgumentHelp("The run folders.", valueName: "run"), completion: .directory)
  var folders: [String]
  @Option(
    help: ArgumentHelp("The page; without it report.html in the run's folder.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var out: String?
  @Flag(help: "Open the page in a browser.") var open = false
  @Flag(help: "Serve the page on 127.0.0.1, and follow the runs.") var watch = false
  @Option(parsing: .unconditional, help: "Where --watch serves; 0: at any port that is free.")
  var port: UInt16?
  @Option(
    parsing: .upToNextOption,
    help: "Files to measure the best models on, in the format they were trained on.",
    completion: .file())
  var data: [String] = []
  @OptionGroup var team: TeamOptions

  func validate() throws {
    if folders.isEmpty { throw ValidationError("Missing expected argument '<run> ...'") }
    if watch, out != nil {
      throw ValidationError("--watch serves the page, --out writes it: choose one.")
    }
    if port != nil, !watch { throw ValidationError("--port is for --watch.") }
    if !watch, folders.count > 1, out == nil {
      throw ValidationError("Several runs need --out, the page they share.")
    }
  }

  func run() throws {
    try OutputFiles.check([("--out", out)], reading: [("--data", data)])
    let runs = Self.named(
      try folders.map { try RunFolder.open(at: URL(typed: $0)) })
    let measured = try measured()
    if watch {
      try serve(LiveReport(runs, measured: measured), runs, measured)
    }
    let reports = try zip(runs, measured).map {
      try RunReport($0.folder, name: $0.name, measured: $1)
    }
    let page = try out.map { try URL(typed: $0) } ?? runs[0].folder.report
    try AtomicFile.write(ReportPage(reports).html, to: page)
    Output.beside([out]).write("page in '\(page.relativePath)'\n")
    if open { show(page.path) }
  }

  /// Runs by the last part of their paths, and those of the same name by their paths as they were typed.
  private static func named(_ runs: [RunFolder]) -> [(folder: RunFolder, name: String)] {
    let names = runs.map(RunReport.name)
    return zip(runs, names).map { run, name in
      (run, names.count { $0 == name } > 1 ? run.url.relativePath : name)
    }
  }

  private func measured() throws -> [RunMeasurement?] {
    guard !data.isEmpty else { return folders.map { _ in nil } }
    let files = try data.map { try URL(typed: $0) }
    let team = try team.team
    return try folders.map { folder in
      try RunMeasurement(try OpenedRun(folder, team: team).task, on: files) {
        Output.standardError.write("warning: \(folder): \($0)\n")
      }
    }
  }

  private func serve(
    _ live: LiveReport, _ runs: [(folder: RunFolder, name: String)], _ measured: [RunMeasurement?]
  ) throws -> Never {
    // What is wrong with the runs is told here, not in the browser.
    for (run, measured) in zip(runs, measured) {
      _ = try RunReport(run.folder, name: run.name, measured: measured)
    }
    let server = try ReportServer(live, port: port ?? 0)
    Output.standardOutput.write("\(server.address)\n")
    if open { show(server.address) }
    try server.serve()
  }

  /// The page is there whether a browser opens or not: no error.
  private func show(_ place: String) {
    #if canImport(Darwin)
      let program = "open"
    #else
      let program = "xdg-open"
    #endif
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program, place]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      return Output.standardError.write("warning: no browser: \(error)\n")
    }
    guard !watch else { return }
    process.waitUntilExit()
    if process.terminationStatus != 0 {
      Output.standardError.write(
        "warning: '\(program)' opened no browser; open '\(place)' yourself\n")
    }
  }
}
