import Autodiff
import Compute
import Foundation
import Runs
import TestSupport
import Testing

/// A run that is only tried says what it would take, and leaves nothing.
@Suite struct DryRunTests {
  @Test func saysWhatARunTakes() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "a b c\nd e\n", count: 30), to: "text.txt")
    let run = try LineTask.run(
      text, folder.file("run"), ["train.updates": "0", "train.epochs": "3", "train.batch": "7"])
    let found = try run.tryOut()
    #expect(try folder.names == ["text.txt"])
    #expect(found.parameters == run.task.parameters.parameterCount)
    #expect(found.memory.total == run.memory.total && found.memory.parts[0].bytes > 0)
    // 60 lines, 7 at a time.
    #expect(found.updatesPerEpoch == 9 && found.totalUpdates == 27)
    // One epoch is all there is to try, once.
    #expect(found.seconds.count == 9 && found.tokens == 30 * 5)
    #expect(found.seconds == found.seconds.sorted() && found.seconds[0] > 0)
    #expect(found.secondsPerUpdate == found.seconds[4])
    let sum = found.seconds.reduce(0, +)
    #expect(abs(found.tokensPerSecond - 150 / sum) < 1e-6 * found.tokensPerSecond)
    #expect(found.threads == 2)
  }

  /// However long an update takes, one is tried; and no more than was asked for.
  @Test func timeAndUpdatesAreBounded() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "a b c\n", count: 40), to: "text.txt")
    func tried(_ seconds: Double, _ updates: Int) throws -> Int {
      try LineTask.run(text, folder.file("run")).tryOut(seconds: seconds, updates: updates)
        .seconds.count
    }
    #expect(try tried(0, 5) == 1)
    #expect(try tried(1000, 5) == 5)
  }

  /// What would be refused before a run is refused here too.
  @Test func tooMuchIsRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("a b c\nb\n", to: "text.txt")
    let error = #expect(throws: UserError.self) {
      try LineTask.run(text, folder.file("run"), ["model.hidden": "1048576"]).tryOut()
    }
    #expect(error?.message.contains("this training needs") == true)
  }
}
