import Foundation
import Testing
import TestSupport

/// A run that is stopped saves first, and goes on as if it had never stopped.
@Suite struct InterruptionTests {
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func stoppedRunGoesOnAsIfNeverStopped(signal: Int32, status: Int32) throws {
    let folder = try TemporaryFolder()
    let stopped = folder.path("stopped")
    // Far more updates than it will get to do: it cannot end before the signal.
    let process = try UnrollProcess(Self.train(stopped, updates: 10_000_000))
    defer { process.send(SIGKILL) }
    try waitForCheckpoint(in: folder.file("stopped"), of: process)
    process.send(signal)
    let result = try process.wait()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output == "")
    let done = try #require(try checkpoints(in: folder.file("stopped")).max())
    #expect(result.errors.contains("--resume"), "the next step is named")

    let end = done + 7
    try UnrollProcess.succeed(["train", "--resume", stopped, "--updates", "\(end)"])
    try UnrollProcess.succeed(Self.train(folder.path("straight"), updates: end))
    for name in ["checkpoint-\(end).safetensors", "model.safetensors"] {
      #expect(
        try Data(contentsOf: folder.file("stopped/\(name)"))
          == Data(contentsOf: folder.file("straight/\(name)")), "\(name)")
    }
    // Updates in metrics.jsonl neither repeat nor go back.
    let metrics = try String(contentsOf: folder.file("stopped/metrics.jsonl"), encoding: .utf8)
    let steps = try CommandResult(status: 0, output: metrics, errors: "").jsonLines()
      .filter { $0["split"] as? String == "train" }.compactMap { $0["update"] as? Int }
    #expect(!steps.isEmpty)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }, "\(steps)")
  }

  /// The options of the run's own task, though the command does not name it.
  @Test func dataThatHaveMovedAreNamedByTheTasksOptions() throws {
    let folder = try TemporaryFolder()
    let pairs = try folder.write("a b\tx y\nc\tz\nb\ty\n", to: "pairs.tsv")
    let run = folder.path("run")
    let common = ["--hidden", "6", "--embedding", "5", "--valid-fraction", "0", "--threads", "1"]
    try UnrollProcess.succeed(
      ["train", "translate", "--pairs", pairs, "--updates", "2", "--out", run] + common)
    let moved = folder.path("moved.tsv")
    try FileManager.default.moveItem(atPath: pairs, toPath: moved)
    for (updates, resume) in [(3, ["--resume", run]), (4, ["--resume=" + run])] {
      let result = try UnrollProcess.succeed(
        ["train"] + resume + ["--pairs", moved, "--updates", "\(updates)"])
      #expect(result.errors.contains("resumed at update \(updates - 1)"), "\(result.errors)")
    }
    let other = try UnrollProcess.run(["train", "--resume", run, "--text", moved])
    #expect(other.status == 2 && other.errors.contains("--text"), "\(other.errors)")
    let lm = try UnrollProcess.run(["train", "lm", "--resume", run])
    #expect(lm.status == 2 && lm.errors.contains("'train translate'"), "\(lm.errors)")
  }

  /// Killed without warning: the last checkpoint is whole, and the run goes on from it.
  @Test func killedRunGoesOnFromItsLastCheckpoint() throws {
    let folder = try TemporaryFolder()
    let killed = folder.path("killed")
    let process = try UnrollProcess(Self.train(killed, updates: 10_000_000))
    try waitForCheckpoint(in: folder.file("killed"), of: process)
    process.send(SIGKILL)
    #expect(try process.wait().status == 128 + SIGKILL)
    let done = try #require(try checkpoints(in: folder.file("killed")).max())
    try UnrollProcess.succeed(["train", "--resume", killed, "--updates", "\(done + 3)"])
    try UnrollProcess.succeed(Self.train(folder.path("straight"), updates: done + 3))
    let name = "checkpoint-\(done + 3).safetensors"
    #expect(
      try Data(contentsOf: folder.file("killed/\(name)"))
        == Data(contentsOf: folder.file("straight/\(name)")))
  }

  /// What is not a training has nothing to save, and leaves nothing of a file that is not finished.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func unfinishedFileOfAnEndedCommandIsGone(signal: Int32) throws {
    let folder = try TemporaryFolder()
    try folder.write("the old one", to: "text.txt")
    let process = try UnrollProcess([
      "data", "make", "markov", "--bytes", "2GB", "--out", folder.path("text.txt"),
    ])
    defer { process.send(SIGKILL) }
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted()
    }
    while try names().count == 1 {
      try #require(process.isRunning, "it ended before it was stopped")
      usleep(2_000)
    }
    process.send(signal)
    #expect(try process.wait().status == 128 + signal)
    #expect(try names() == ["text.txt"])
    #expect(try String(contentsOf: folder.file("text.txt"), encoding: .utf8) == "the old one")
  }

  /// A rate beyond all measure ends in a status of its own, and `eval` has nothing to read.
  @Test func divergenceHasAStatusOfItsOwn() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let result = try UnrollProcess.run(
      Self.train(run, updates: 40) + ["--lr", "1e39", "--optimizer", "sgd"])
    #expect(result.status == 3)
    #expect(result.errors.contains("training diverged at update"))
    #expect(result.errors.contains("hint: "))
    let evaluation = try UnrollProcess.run([
      "eval", run, "--text", TrainedRun.data("pears.txt"), "--json",
    ])
    #expect(evaluation.status == 1 && evaluation.output == "")
  }

  /// `unroll sample … | head -c 20` ends quietly.
  @Test func closedPipeEndsQuietly() throws {
    let sample = Process()
    let pipe = Pipe()
    let errors = Pipe()
    sample.executableURL = try UnrollProcess.executable()
    sample.arguments = ["sample", try TrainedRun.characters(), "--length", "10000000"]
    sample.standardOutput = pipe
    sample.standardError = errors
    try sample.run()
    try pipe.fileHandleForWriting.close()
    let start = try pipe.fileHandleForReading.read(upToCount: 20)
    #expect(start?.isEmpty == false)
    try pipe.fileHandleForReading.close()
    sample.waitUntilExit()
    #expect(sample.terminationReason == .exit)
    #expect(sample.terminationStatus == 0)
    try errors.fileHandleForWriting.close()
    #expect(try errors.fileHandleForReading.readToEnd() ?? Data() == Data())
  }

  private static func train(_ out: String, updates: Int) -> [String] {
    [
      "train", "lm", "--text", TrainedRun.data("pears.txt"), "--hidden", "12", "--layers", "2",
      "--embedding", "6", "--batch", "4", "--steps", "8", "--dropout", "0.2", "--threads", "2",
      "--updates", "\(updates)", "--eval-every", "1000000", "--save-every", "50", "--out", out,
    ]
  }

  private func checkpoints(in run: URL) throws -> [Int] {
    guard FileManager.default.fileExists(atPath: run.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: run.path).compactMap { name in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst("checkpoint-".count).dropLast(".safetensors".count))
    }
  }

  /// Waits for an event, not for a time: the run has saved something it did.
  private func waitForCheckpoint(in run: URL, of process: UnrollProcess) throws {
    while try checkpoints(in: run).max() ?? 0 == 0 {
      try #require(process.isRunning, "it ended before it was stopped")
      usleep(2_000)
    }
  }
}
