import Foundation
import Testing
import TestSupport

/// `model.safetensors` is PyTorch's: `torch.nn.LSTM` loads it as it is and computes the same.
@Suite struct PyTorchTests {
  /// A Python with torch and safetensors, named by TORCH_PYTHON.
  private static let python = ProcessInfo.processInfo.environment["TORCH_PYTHON"]

  @Test(
    .enabled(if: python?.isEmpty == false, "TORCH_PYTHON names no Python that has torch"),
    arguments: ["1", "2"])
  func pyTorchComputesTheSameLoss(layers: String) throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "lm", "--text", TrainedRun.data("markov-sample.txt"), "--layers", layers,
      "--hidden", "37", "--embedding", "12", "--updates", "60", "--lr", "1e-2", "--quiet",
      "--out", run,
    ])
    let text = try folder.write(
      String(
        String(contentsOfFile: TrainedRun.data("markov-sample.txt"), encoding: .utf8).prefix(5_000)),
      to: "text.txt")
    let ours = try UnrollProcess.succeed(["eval", run, "--text", text, "--json"]).jsonLines()
    let loss = try #require(ours.first?["loss"] as? Double)

    let script = SharedData.packageRoot
      .appendingPathComponent("Tests/CommandTests/pytorch_evaluate.py").path
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [script, run, text]
    process.standardOutput = output
    try process.run()
    let printed = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let theirs = try #require(Double(printed.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(abs(theirs - loss) <= 1e-5, "\(theirs) in PyTorch, \(loss) here")
    #expect(loss < 2.3, "hardly trained: equal to guessing, and so no proof")
  }
}
