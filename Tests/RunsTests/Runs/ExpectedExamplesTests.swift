import Foundation
import Runs
import TestSupport
import Testing

/// What is learnt from next is known while this minibatch trains.
@Suite struct ExpectedExamplesTests {
  private let folder = try! TemporaryFolder()

  @Test func theNextMinibatchIsExpectedAcrossEpochs() throws {
    let text = try folder.write(
      (1...22).map { [String](repeating: "w", count: $0 % 5 + 1).joined(separator: " ") }
        .joined(separator: "\n"), to: "lines.txt")
    // Six minibatches an epoch.
    let run = try LineTask.run(text, folder.file("run"), ["train.updates": "15"])
    try run.begin()
    #expect(try run.train(stopAt: .max) == .finished)
    let expected = try #require(run.task.told).minibatches
    #expect(expected.count == 15)
    #expect(Array(run.task.recorded.suffix(14)) == Array(expected.dropLast()))
    // The second epoch, whole.
    #expect(Set(expected[5..<11].joined()) == Set(0..<22))
  }
}
