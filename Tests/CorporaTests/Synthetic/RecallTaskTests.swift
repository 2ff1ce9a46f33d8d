import Compute
import Corpora
import Testing

/// What the tasks ask for is what they showed, bit by bit.
@Suite struct RecallTaskTests {
  private func steps(_ values: [Float], width: Int) -> [[Float]] {
    stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  @Test(arguments: RecallTaskKind.allCases)
  func examplesDependOnSeedAndIndexOnly(kind: RecallTaskKind) throws {
    func task(seed: UInt64) throws -> any RecallTask {
      try kind.task(bits: 5, lengths: 2...7, repeats: 1...3, seed: seed)
    }
    let (one, other) = (try task(seed: 3), try task(seed: 4))
    let examples = (0..<50).map(one.example)
    #expect(try (0..<50).map(task(seed: 3).example) == examples)
    #expect((0..<50).map(other.example) != examples)
    #expect((50..<100).map(one.example) != examples)
    #expect(one.example(1 << 32) != one.example(0))
    let lengths = examples.map { $0.inputs.count / one.inputWidth }
    #expect(lengths.max() == one.longestExample)
    for example in examples {
      #expect(example.inputs.count.isMultiple(of: one.inputWidth))
      #expect(example.answer.count.isMultiple(of: one.outputWidth))
      #expect(example.answer.allSatisfy { $0 == 0 || $0 == 1 })
      // Nothing is shown while the answer is asked for.
      #expect(
        example.inputs.suffix(example.answer.count / one.outputWidth * one.inputWidth)
          .allSatisfy { $0 == 0 })
    }
  }

  /// Every length is as likely as any, and so is every bit.
  @Test func lengthsAndBitsAreFair() throws {
    let task = try RecallTaskKind.copy.task(bits: 8, lengths: 1...20, seed: 1)
    var (counts, ones, bits) = ([Int](repeating: 0, count: 21), [Int](repeating: 0, count: 160), 0)
    for index in 0..<4_000 {
      let answer = task.example(index).answer
      counts[answer.count / 8] += 1
      for (bit, value) in answer.enumerated() { ones[bit] += value == 1 ? 1 : 0 }
      bits += answer.count
    }
    #expect(counts[0] == 0)
    // 200 of each, with a deviation of 13.8.
    #expect(counts[1...].allSatisfy { abs($0 - 200) < 60 })
    // Half, with a deviation of 290 of 336,000.
    #expect(abs(2 * ones.reduce(0, +) - bits) < 2 * 1_200)
    // The last vector's bits stand in a twentieth of the sequences.
    #expect(ones[152...].allSatisfy { abs($0 - counts[20] / 2) < 40 })
  }

  @Test func copyAsksForTheVectorsInOrder() throws {
    let task = try RecallTaskKind.copy.task(bits: 3, lengths: 4...4, seed: 2)
    let example = task.example(11)
    let inputs = steps(example.inputs, width: 4)
    #expect(inputs.count == 9)
    #expect(inputs[..<4].flatMap { $0.prefix(3) } == example.answer)
    #expect(inputs[..<4].allSatisfy { $0[3] == 0 })
    #expect(inputs[4] == [0, 0, 0, 1])
  }

  @Test func repeatCopyCountsAndEnds() throws {
    let task = try RecallTaskKind.repeatCopy.task(
      bits: 2, lengths: 1...3, repeats: 1...5, seed: 2)
    var seen: [Int: Float] = [:]
    for index in 0..<200 {
      let example = task.example(index)
      let inputs = steps(example.inputs, width: 4)
      let answer = steps(example.answer, width: 3)
      let count = try #require(inputs.firstIndex { $0[2] == 1 })
      let times = (answer.count - 1) / count
      #expect(answer.count == times * count + 1 && inputs.count == count + 1 + answer.count)
      for (step, vector) in answer.dropLast().enumerated() {
        #expect(vector == Array(inputs[step % count].prefix(2)) + [0])
      }
      #expect(answer.last == [0, 0, 1])
      #expect(inputs[count][0] == 0 && inputs[count][1] == 0)
      seen[times] = inputs[count][3]
    }
    // 1 to 5 have mean 3 and variance 2.
    for times in 1...5 {
      let value = try #require(seen[times])
      #expect(abs(value - (Float(times) - 3) / Float(2).squareRoot()) < 1e-6)
    }
    // More repeats than were trained mean what they meant.
    let longer = try RecallTaskKind.repeatCopy.task(
      bits: 2, lengths: 2...2, repeats: 9...9, scale: 1...5, seed: 2)
    #expect(abs(longer.example(0).inputs[2 * 4 + 3] - 6 / Float(2).squareRoot()) < 1e-6)
  }

  @Test func associativeRecallAsksForTheItemAfter() throws {
    let task = try RecallTaskKind.associativeRecall.task(bits: 6, lengths: 2...6, seed: 2)
    var asked: Set<Int> = []
    for index in 0..<300 {
      let example = task.example(index)
      let inputs = steps(example.inputs, width: 8)
      let count = inputs.count / 4 - 2
      let items = (0..<count).map { item in
        inputs[4 * item + 1..<4 * item + 4].flatMap { $0.prefix(6) }
      }
      for item in 0..<count { #expect(inputs[4 * item] == [0, 0, 0, 0, 0, 0, 1, 0]) }
      #expect(inputs[4 * count] == [0, 0, 0, 0, 0, 0, 0, 1])
      #expect(inputs[4 * count + 4] == inputs[4 * count])
      let query = inputs[4 * count + 1..<4 * count + 4].flatMap { $0.prefix(6) }
      let place = try #require(items.firstIndex(of: query))
      #expect(example.answer == items[place + 1])
      asked.insert(place)
    }
    #expect(asked == [0, 1, 2, 3, 4])
  }

  @Test func prioritySortPutsTheHighestFirst() throws {
    let task = try RecallTaskKind.prioritySort.task(bits: 8, lengths: 20...20, seed: 2)
    let example = task.example(3)
    let inputs = steps(example.inputs, width: 10)
    #expect(inputs.count == 20 + 1 + 16)
    #expect(inputs[20] == [Float](repeating: 0, count: 9) + [1])
    let priorities = inputs[..<20].map { $0[8] }
    #expect(priorities.allSatisfy { (-1..<1).contains($0) } && Set(priorities).count == 20)
    let sorted = inputs[..<20].sorted { $0[8] > $1[8] }.prefix(16)
    #expect(sorted.flatMap { $0.prefix(8) } == example.answer)
    #expect(
      try RecallTaskKind.prioritySort.task(bits: 8, lengths: 1...1, seed: 2).example(0)
        .answer.count == 8)
  }

  /// From the shortest to all, in steps that are equally long; what is asked stays the same.
  @Test(arguments: RecallTaskKind.allCases)
  func shortenedTasksLeaveOutTheLongest(kind: RecallTaskKind) throws {
    let task = try kind.task(bits: 3, lengths: 2...6, repeats: 1...3, seed: 2)
    func longest(_ share: Double) -> Int { task.shortened(to: share).longestExample }
    let whole = try (2...6).map {
      try kind.task(bits: 3, lengths: 2...$0, repeats: 1...min(3, $0), seed: 2).longestExample
    }
    #expect(longest(1) == whole[4])
    #expect(task.shortened(to: 1).example(7) == task.example(7))
    let shares = stride(from: 0, through: 1, by: 0.1).map(longest)
    #expect(shares == shares.sorted())
    if kind == .repeatCopy {
      // Once, then twice, then three times; a count means what it means in all lengths.
      #expect([0, 0.35, 0.7].map(longest) == [2 * 2 + 2, 3 * 3 + 2, 4 * 5 + 2])
      let once = try kind.task(
        bits: 3, lengths: 2...2, repeats: 1...1, scale: 1...3, seed: 2)
      #expect(task.shortened(to: 0).example(7) == once.example(7))
    } else {
      #expect([0, 0.2, 0.4, 0.6, 0.8].map(longest) == whole)
      let shortest = try kind.task(bits: 3, lengths: 2...2, seed: 2)
      #expect(task.shortened(to: 0.19).example(7) == shortest.example(7))
    }
  }

  @Test func examplesStandSideBySide() throws {
    let task = try RecallTaskKind.copy.task(bits: 2, lengths: 1...4, seed: 1)
    let examples = RecallExamples(task, 5..<9)
    #expect(examples.count == 4)
    for (place, index) in (5..<9).enumerated() {
      let example = task.example(index)
      let count = example.answer.count / 2
      #expect(Array(examples.inputs[place]) == example.inputs)
      #expect(
        Array(examples.targets[place])
          == [Float](repeating: 0, count: 2 * (count + 1)) + example.answer)
      for step in 0..<2 * count + 1 {
        #expect(examples.isAnswer(place, step: step) == (step > count))
      }
    }
    let lengths = examples.byLength.map { examples.lengths[$0] }
    #expect(lengths == lengths.sorted(by: >))
  }

  @Test func impossibleSizesAreRefused() {
    for (kind, lengths) in [
      (RecallTaskKind.copy, 0...3), (.associativeRecall, 1...3), (.prioritySort, 1...1 << 17),
    ] {
      #expect(throws: UserError.self) {
        try kind.task(bits: 8, lengths: lengths, repeats: 1...2, seed: 1)
      }
    }
    #expect(throws: UserError.self) {
      try RecallTaskKind.repeatCopy.task(bits: 8, lengths: 1...3, repeats: 0...2, seed: 1)
    }
  }
}
