import Foundation
import Testing
import TestSupport

/// A run that is killed at any moment goes on from its last checkpoint to the very bytes of a run that
/// was never stopped, with any number of threads before and after.
///
/// 20 kills in sum; 1,000 with `UNROLL_LONG_TESTS`.
@Suite struct KillTests {
  private static let isLong = ProcessInfo.processInfo.environment["UNROLL_LONG_TESTS"] != nil
  /// Of each job.
  private static let quota = ((isLong ? 1_000 : 20) + Job.all.count - 1) / Job.all.count

  @Test(arguments: Job.all)
  func killedRunEndsAsIfNeverStopped(job: Job) throws {
    let folder = try TemporaryFolder()
    let settings = try job.arguments(folder)
    let straight = folder.path("straight")
    func train(_ run: String, threads: Int) -> [String] {
      ["train", job.task, "--quiet", "--out", run, "--threads", "\(threads)", "--batch", "4"]
        + ["--updates", "30", "--eval-every", "3", "--save-every", "2", "--average-after", "2"]
        + settings
    }
    let began = Date()
    try UnrollProcess.succeed(train(straight, threads: 1))
    let duration = Date().timeIntervalSince(began)

    var random = SystemRandomNumberGenerator()
    var killed = 0
    var round = 0
    while killed < Self.quota {
      round += 1
      try #require(round <= 20 * Self.quota, "runs end before they are killed")
      let run = folder.path("run-\(round)")
      var kills: [Double] = []
      // From the start again and again until it comes to its end, killed a few times on the way.
      while true {
        let threads = Int.random(in: 1...4, using: &random)
        let hasBegun = FileManager.default.fileExists(atPath: run + "/config.toml")
        let process = try UnrollProcess(
          hasBegun
            ? ["train", "--quiet", "--resume", run, "--threads", "\(threads)"]
            : train(run, threads: threads))
        if kills.count < 4, killed < Self.quota {
          let delay = Double.random(in: 0...(0.9 * duration), using: &random)
          usleep(UInt32(1e6 * delay))
          process.send(SIGKILL)
          let result = try process.wait()
          if result.status == 128 + SIGKILL {
            kills.append(delay)
            killed += 1
            continue
          }
          try #require(result.status == 0, "after kills at \(kills): \(result.errors)")
        } else {
          let result = try process.wait()
          try #require(result.status == 0, "after kills at \(kills): \(result.errors)")
        }
        break
      }
      for name in ["model.safetensors", "checkpoint-30.safetensors"] {
        try expectEqualTensors(
          URL(fileURLWithPath: run + "/" + name), URL(fileURLWithPath: straight + "/" + name))
      }
      let left = try leftovers(in: folder.file("run-\(round)"))
      #expect(left.isEmpty, "\(left) after kills at \(kills)")
      try FileManager.default.removeItem(atPath: run)
    }
  }

  /// What a cut-off write has left and nobody has swept.
  private func leftovers(in run: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: run.path)
      .filter { $0.contains(".partial") || $0.hasSuffix(".broken") }
  }
}
