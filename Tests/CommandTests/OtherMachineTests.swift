import Compute
import Foundation
import TestSupport
import Testing

/// A run is taken to a machine with other instructions.
@Suite struct OtherMachineTests {
  private func train(_ out: String, _ more: [String]) -> [String] {
    [
      "train", "lm", "--text", TrainedRun.data("pears.txt"), "--hidden", "32", "--layers", "1",
      "--batch", "4", "--steps", "8", "--updates", "6", "--quiet", "--out", out,
    ] + more
  }

  private let eval = ["--text", TrainedRun.data("pears.txt"), "--json"]

  private func loss(_ result: CommandResult) throws -> Double {
    try #require(result.jsonLines().first?["loss"] as? Double)
  }

  @Test(.enabled(if: InstructionSet.available.count > 1, "one instruction set here"))
  func anotherInstructionSetIsTold() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let (ours, other) = (
      ["UNROLL_ISA": "portable"], ["UNROLL_ISA": InstructionSet.available[1].rawValue]
    )
    #expect(try UnrollProcess.run(train(run, []), environment: ours).status == 0)
    let here = try UnrollProcess.run(["eval", run] + eval, environment: ours)
    #expect(!here.errors.contains("instructions"))
    let there = try UnrollProcess.run(["eval", run] + eval, environment: other)
    #expect(there.status == 0 && there.errors.contains("with the instructions 'portable'"))
    #expect(abs(try loss(here) - loss(there)) < 1e-3)
    let resumed = try UnrollProcess.run(
      ["train", "--resume", run, "--updates", "9"], environment: other)
    #expect(resumed.status == 0 && resumed.errors.contains("with the instructions 'portable'"))
    // It was said once: the run is this machine's now.
    let again = try UnrollProcess.run(
      ["train", "--resume", run, "--updates", "10"], environment: other)
    #expect(again.status == 0 && !again.errors.contains("instructions"))
    let metrics = try String(contentsOf: folder.file("run/metrics.jsonl"), encoding: .utf8)
    let sets = try CommandResult(status: 0, output: metrics, errors: "").jsonLines()
      .compactMap { $0["instructions"] as? String }
    #expect(sets == ["portable", other["UNROLL_ISA"], other["UNROLL_ISA"]])
  }

  @Test(.enabled(if: InstructionSet.supportsBF16, "no bf16 dot product here"))
  func aRunInBF16IsReadAndContinuedInF32() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    #expect(try UnrollProcess.run(train(run, ["--precision", "bf16"])).status == 0)
    let here = try UnrollProcess.run(["eval", run] + eval)
    let there = try UnrollProcess.run(["eval", run] + eval, environment: ["UNROLL_ISA": "avx2"])
    #expect(there.status == 0 && there.errors.contains("f32 is used"), "\(there.errors)")
    #expect(abs(try loss(here) - loss(there)) < 0.02)
    let sample = try UnrollProcess.run(
      ["sample", run, "--length", "5"], environment: ["UNROLL_ISA": "avx2"])
    #expect(sample.status == 0 && sample.output.count >= 5)
    let resume = ["train", "--resume", run, "--updates", "9"]
    let refused = try UnrollProcess.run(resume, environment: ["UNROLL_ISA": "avx2"])
    #expect(
      refused.status == 2 && refused.errors.contains("use --precision f32"), "\(refused.errors)")
    let resumed = try UnrollProcess.run(
      resume + ["--precision", "f32"], environment: ["UNROLL_ISA": "avx2"])
    #expect(resumed.status == 0, "\(resumed.errors)")
  }
}
