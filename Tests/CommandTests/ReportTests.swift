import Foundation
import TestSupport
import Testing

/// Pages, tables and files for TensorBoard of what a training has measured.
@Suite struct ReportTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  private func train(_ name: String, _ more: [String] = []) throws -> String {
    try UnrollProcess.succeed(
      [
        "train", "lm", "--text", TrainedRun.data("pears.txt"), "--tokens", "word", "--hidden", "12",
        "--embedding", "6", "--dropout", "0.25", "--batch", "4", "--steps", "9", "--updates", "7",
        "--eval-every", "3", "--threads", "2", "--quiet", "--out", folder.path(name),
      ] + more)
    return folder.path(name)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// What looks at a training changes no bit of it.
  @Test func watchingChangesNothing() throws {
    let plain = try train("plain")
    let watched = try train("watched", ["--samples", "--tensorboard", "--profile"])
    #expect(
      try Data(contentsOf: folder.file("plain/model.safetensors"))
        == Data(contentsOf: folder.file("watched/model.safetensors")))
    #expect(try text(watched + "/metrics.jsonl").contains(#""split":"sample""#))
    #expect(!(try text(plain + "/metrics.jsonl").contains(#""split":"sample""#)))
    let names = try folder.names(in: "watched")
    #expect(names.count { $0.hasPrefix("events.out.tfevents.") } == 1)
    // They go with the run that they are of.
    try train("watched", ["--overwrite"])
    #expect(!(try folder.names(in: "watched").contains { $0.hasPrefix("events.") }))
    // A folder after the option is where they go; an option after it is none.
    try train("elsewhere", ["--tensorboard", folder.path("logs")])
    #expect(try folder.names(in: "logs").count == 1)
  }

  @Test func pagesOfOneRunAndOfSeveral() throws {
    let one = try train("one", ["--samples", "--profile"])
    let other = try train("other", ["--lr", "0.01"])
    let result = try UnrollProcess.succeed(["report", one])
    #expect(result.output.hasPrefix("page in '") && result.output.hasSuffix("one/report.html'\n"))
    let page = try text(one + "/report.html")
    for part in [#""name":"one""#, #""samples":[{"#, #""phases":[{"#, #""call":"train lm""#] {
      #expect(page.contains(part), "\(part)")
    }
    try UnrollProcess.succeed(["report", one, other, "--out", folder.path("both.html")])
    let both = try text(folder.path("both.html"))
    #expect(both.contains(#""name":"one""#) && both.contains(#""name":"other""#))
    // With the model at work.
    try UnrollProcess.succeed(["report", one, "--data", TrainedRun.data("pears.txt")])
    let measured = try text(one + "/report.html")
    #expect(measured.contains(#""title":"Gradients through time""#))
    #expect(measured.contains(#""files":["pears.txt"]"#))
  }

  /// The command on the page settles what the run was trained with, to the last option.
  @Test func theCommandTrainsTheRunAgain() throws {
    let run = try train(
      "run",
      [
        "--cell", "gru", "--schedule", "warmup-cosine", "--lr", "0.003", "--layers", "1",
        "--no-tie",
        "--clip-norm", "5",
      ])
    try UnrollProcess.succeed(["report", run])
    let page = try text(run + "/report.html")
    let quoted = try #require(page.firstMatch(of: /"command":("(?:[^"\\]|\\.)*")/)).1
    let command = try JSONDecoder().decode(String.self, from: Data(quoted.utf8))
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", #"unroll() { "$UNROLL" "$@"; }; "# + command + " --print-config"]
    shell.environment = ProcessInfo.processInfo.environment.merging(
      ["UNROLL": try UnrollProcess.executable().path]
    ) { $1 }
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let settings = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(String(decoding: settings, as: UTF8.self) == (try text(run + "/config.toml")))
  }

  /// A browser makes the page of what is in it, and has nothing to complain of.
  @Test(.enabled("there is no chromium here") { chromium != nil })
  func aBrowserDrawsThePage() throws {
    let run = try train("run", ["--samples", "--profile"])
    try UnrollProcess.succeed(["report", run])
    let browser = Process()
    browser.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    browser.arguments = [
      "120", try #require(Self.chromium), "--headless", "--no-sandbox", "--disable-gpu",
      "--enable-logging=stderr", "--user-data-dir=\(folder.path("browser"))", "--dump-dom",
      "file://\(run)/report.html",
    ]
    try folder.write("", to: "dom")
    try folder.write("", to: "log")
    browser.standardOutput = try FileHandle(forWritingTo: folder.file("dom"))
    browser.standardError = try FileHandle(forWritingTo: folder.file("log"))
    try browser.run()
    browser.waitUntilExit()
    let dom = try text(folder.path("dom"))
    for part in ["<h1>run</h1>", "class=\"curve main k0\"", "<h2>What it writes</h2>"] {
      #expect(dom.contains(part), "\(part)")
    }
    let complaints = try text(folder.path("log")).split(separator: "\n")
      .filter { $0.contains("CONSOLE") }
    #expect(complaints.isEmpty)
  }

  private static let chromium = ["/usr/bin/chromium", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test func metricsAsATable() throws {
    let run = try train("run")
    try UnrollProcess.succeed(["inspect", run, "--csv", folder.path("metrics.csv")])
    let lines = try text(folder.path("metrics.csv")).split(separator: "\n")
    #expect(lines.first?.hasPrefix("update,split,epoch,loss,") == true)
    let records = try text(run + "/metrics.jsonl").split(separator: "\n")
    #expect(lines.count == records.count + 1)
  }

  @Test func refusals() throws {
    let run = try TrainedRun.characters()
    let cases: [([String], [String])] = [
      (["report"], ["<run>"]), (["report", "/nowhere"], ["'/nowhere'"]),
      (["report", run, run], ["Several runs need --out"]),
      (["report", run, "--watch", "--out", "x.html"], ["choose one"]),
      (["report", run, "--port", "80"], ["--port is for --watch"]),
      (["inspect", run, "--csv", "x", "--curve", "loss"], ["--csv"]),
      (["inspect", run, run, "--csv", "x"], ["Several runs"]),
    ]
    for (arguments, words) in cases {
      let result = try UnrollProcess.run(arguments)
      #expect(result.status == 2, "\(arguments)")
      for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }
    let lines = try folder.write(
      (0..<40).map { "\(["a", "b"][$0 % 2])\tword \($0)\n" }.joined(), to: "lines.tsv")
    let result = try UnrollProcess.run([
      "train", "classify", "--data", lines, "--samples", "--out", folder.path("never"),
    ])
    #expect(result.status == 2 && result.errors.contains("--samples is for runs of: lm"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("never")))
  }
}
