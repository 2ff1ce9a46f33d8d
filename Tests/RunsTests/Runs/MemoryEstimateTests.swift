import Compute
import Foundation
import Runs
import TestSupport
import Testing
import Throughput

/// What a run takes is known before it takes it.
@Suite struct MemoryEstimateTests {
  /// As far as the system counts what was touched. In a process of its own, whose memory nobody else
  /// takes.
  @Test(.enabled(if: ProcessMemory.resident != nil, "the system does not tell"))
  func isWhatARunTakes() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let words = (0..<50).map { "word\($0)" }.joined(separator: " ")
      let text = try folder.write(String(repeating: words + "\n", count: 40), to: "text.txt")
      let before = try #require(ProcessMemory.resident)
      let run = try LineTask.run(
        text, folder.file("run"), ["model.hidden": "700", "train.batch": "20"])
      try run.begin()
      let end = try run.train(stopAt: 2)
      let taken = try #require(ProcessMemory.resident) - before
      #expect(end == .interrupted)
      #expect(run.memory.total > 20 << 20)
      let share = Double(taken) / Double(run.memory.total)
      #expect(
        abs(share - 1) < 0.05, "\(taken) bytes, estimated: \(run.memory.total) \(run.memory.parts)")
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
