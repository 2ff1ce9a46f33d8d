import Compute
import Foundation
import Interchange
import Parallel
import Runs
import TestSupport
import Testing

/// Lines are answered many at a time where they are there, and at once where somebody waits.
@Suite struct PredictingTests {
  let task: LineTask

  init() throws {
    let folder = try TemporaryFolder()
    task = try LineTask.run(folder.write("a b c\nb\n", to: "text.txt"), folder.file("run")).task
  }

  /// - Parameter ready: whether the next line is there, after each line that was read.
  func answers(
    _ lines: [String], batch: Int = 64, ready: @escaping (Int) -> Bool = { _ in true }
  ) throws -> [String] {
    var (number, found) = (0, [String]())
    try task.predict(
      batch: batch,
      {
        defer { number += 1 }
        return number < lines.count ? lines[number] : nil
      },
      isReady: { ready(number) }
    ) { found.append($0.text) }
    return found
  }

  @Test func linesThatAreThereAreAnsweredTogether() throws {
    #expect(try answers(["a", "a b", "a b c", "a", "b"], batch: 2) == ["1", "2", "3", "1", "1"])
    #expect(task.batches == [2, 2, 1])
    #expect(try answers([]) == [])
    #expect(task.batches.count == 3, "nothing was asked")
  }

  @Test func whoeverWaitsIsAnsweredBeforeTheNextLine() throws {
    var seen: [Int] = []
    var number = 0
    try task.predict(
      {
        // All lines before this one have their answer.
        seen.append(task.batches.reduce(0, +))
        number += 1
        return number <= 3 ? "a" : nil
      },
      isReady: { false }
    ) { _ in }
    #expect(seen == [0, 1, 2, 3])
    // Two come together, then one alone.
    #expect(try answers(["a", "b", "a"], ready: { $0 == 1 }) == ["1", "1", "1"])
    #expect(task.batches.suffix(2) == [2, 1])
  }

  @Test func whatCameBeforeABadLineIsAnswered() throws {
    var (lines, found) = (["a", "a b", "bad", "a"][...], [String]())
    let error = #expect(throws: UserError.self) {
      try task.predict({ lines.popFirst() }, isReady: { true }) { found.append($0.text) }
    }
    #expect(error?.message == "standard input line 3 is bad")
    #expect(found == ["1", "2"])
    #expect(lines == ["a"])
  }

  /// Wherever they stand, and however many are asked about at a time.
  @Test(arguments: 1...7)
  func everyLineIsAnsweredWhereSomebodyIsToldOfTheBadOnes(batch: Int) throws {
    var (lines, found, told) = (
      ["", "a", "bad", "", "a b", "b", "bad"][...], [Prediction](), [String]()
    )
    try task.predict(
      batch: batch, { lines.popFirst() }, isReady: { true }, skip: { told.append($0.message) }
    ) { found.append($0) }
    #expect(found.map(\.text) == ["", "1", "", "", "2", "1", ""])
    #expect(
      told == [
        "standard input line 1 asks nothing", "standard input line 3 is bad",
        "standard input line 4 asks nothing", "standard input line 7 is bad",
      ])
    #expect(found[2].json == .object([.init("error", .string("standard input line 3 is bad"))]))
    #expect(task.batches.reduce(0, +) == 3, "nothing was asked about the others")
  }

  @Test func aLineThatAsksNothingIsRefusedOtherwise() throws {
    let error = #expect(throws: UserError.self) { try answers(["a", "", "b"]) }
    #expect(error?.message == "standard input line 2 asks nothing")
  }

  /// So it is when the line itself cannot be read.
  @Test func whatCameBeforeAnUnreadableLineIsAnswered() throws {
    var (lines, found) = (["a"][...], [String]())
    #expect(throws: CancellationError.self) {
      try task.predict(
        {
          guard let line = lines.popFirst() else { throw CancellationError() }
          return line
        },
        isReady: { true }
      ) { found.append($0.text) }
    }
    #expect(found == ["1"])
  }
}
