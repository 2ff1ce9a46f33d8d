import Compute
import Foundation
import Runs
import TestSupport
import Testing
import Throughput

/// What a run takes is known before it takes it.
@Suite struct MemoryEstimateTests {
  /// The most that the system counts at once, a checkpoint written and read back among it. In a process of
  /// its own, whose memory nobody else takes. What the run keeps of its data, lists of places and the
  /// buffers of files are not in the estimate, and pages at the ends of buffers may not be touched: some
  /// hundredths.
  @Test(.enabled(if: ProcessMemory.resident != nil, "the system does not tell"))
  func isWhatARunTakes() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let words = (0..<50).map { "word\($0)" }.joined(separator: " ")
      let text = try folder.write(String(repeating: words + "\n", count: 40), to: "text.txt")
      func train(_ name: String, hidden: String) throws -> TrainingRun<LineTask> {
        let run = try LineTask.run(
          text, folder.file(name), ["model.hidden": hidden, "train.batch": "20"])
        try run.begin()
        try run.train(stopAt: 2)
        return run
      }
      // What every run takes, such as the pages of the code, is there already.
      _ = try train("small", hidden: "8")
      ProcessMemory.resetPeak()
      let before = try #require(ProcessMemory.resident)
      let run = try train("large", hidden: "700")
      let most = try #require(ProcessMemory.peak) - before
      #expect(run.memory.total > 100 << 20)
      let share = Double(most) / Double(run.memory.total)
      #expect(
        (0.96...1.05).contains(share),
        "\(most) bytes, estimated: \(run.memory.total) \(run.memory.parts)")
    }
  }

  /// Nothing of what is refused was taken, nor is there a folder.
  @Test func tooMuchIsRefusedBeforeItIsTaken() async throws {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let text = try folder.write("a b c\nb\n", to: "text.txt")
      let before = try #require(ProcessMemory.resident)
      let error = #expect(throws: UserError.self) {
        try LineTask.run(text, folder.file("run"), ["model.hidden": "1048576"])
      }
      let taken = try #require(ProcessMemory.resident) - before
      #expect(taken < 64 << 20, "\(taken) bytes")
      let message = error?.message ?? ""
      for words in ["this training needs", "weights and gradients", "this machine has"] {
        #expect(message.contains(words), "\(message)")
      }
      #expect(error?.hint?.contains("--hidden") == true)
      #expect(try folder.names == ["text.txt"])
    }
  }
}
