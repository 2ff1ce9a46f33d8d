import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct SyntheticTaskTests {
  @Test(arguments: SyntheticTaskKind.allCases, [5, 7, 50, 201])
  func examplesDependOnSeedAndIndexOnly(kind: SyntheticTaskKind, length: Int) throws {
    let task = try kind.task(length: length, seed: 3)
    let example = task.example(17)
    #expect(try kind.task(length: length, seed: 3).example(17) == example)
    // Short sequences of few symbols may be equal by chance; a hundred of them not.
    let examples = (0..<100).map { task.example($0) }
    let other = try kind.task(length: length, seed: 4)
    #expect((0..<100).map { other.example($0) } != examples)
    #expect((100..<200).map { task.example($0) } != examples)
    #expect(task.example(1 << 32) != task.example(0) || length < 8)

    switch task.inputs {
    case .vectors(let width):
      #expect(example.vectors.count == width * task.stepCount && example.symbols.isEmpty)
    case .symbols(let count):
      #expect(example.symbols.count == task.stepCount && example.vectors.isEmpty)
      #expect(examples.allSatisfy { $0.symbols.allSatisfy { (0..<Int32(count)).contains($0) } })
    }
    switch task.targets {
    case .number: #expect(example.classes.isEmpty)
    case .lastClass(let count):
      #expect(Set(examples.flatMap(\.classes)) == Set(0..<Int32(count)))
      #expect(example.classes.count == 1)
    case .everyClass(let count):
      #expect(example.classes.count == task.stepCount)
      #expect(Set(examples.flatMap(\.classes)) == Set(0..<Int32(count)))
    }
  }

  @Test func addingAddsTheMarkedNumbers() {
    let task = AddingTask(length: 31, seed: 1)
    var (squared, positions): (Double, Set<Int>) = (0, [])
    for index in 0..<4_000 {
      let example = task.example(index)
      let marked = (0..<31).filter { example.vectors[2 * $0 + 1] == 1 }
      #expect(marked.count == 2 && marked[0] < 15 && marked[1] >= 15)
      #expect((0..<31).allSatisfy { [0, 1].contains(example.vectors[2 * $0 + 1]) })
      #expect(example.number == example.vectors[2 * marked[0]] + example.vectors[2 * marked[1]])
      positions.formUnion(marked)
      squared += pow(Double(example.number) - 1, 2)
    }
    #expect(positions == Set(0..<31))
    // The squared error of 1 has the mean 1/6 and a deviation of 0.197: 0.0031 for 4000.
    #expect(abs(squared / 4_000 - task.memorylessLoss) < 0.01)
  }

  @Test func copyingRepeatsTheData() {
    let task = CopyTask(delay: 7, seed: 1)
    let example = task.example(5)
    #expect(task.stepCount == 27)
    #expect(
      Array(example.symbols[10...]) == [8, 8, 8, 8, 8, 8, 9] + Array(repeating: 8, count: 10))
    #expect(Array(example.classes[..<17]) == Array(repeating: 8, count: 17))
    #expect(example.classes[17...] == example.symbols[..<10])
    #expect(abs(task.memorylessLoss - 10 * log(8) / 27) < 1e-12)
    #expect(CopyTask(delay: 1, seed: 1).example(0).symbols[10] == 9)
  }

  @Test func parityCountsOnes() {
    let example = ParityTask(length: 40, seed: 2).example(9)
    for step in 0..<40 {
      #expect(example.classes[step] == example.symbols[...step].reduce(0, +) % 2)
    }
    #expect(ParityTask(length: 1, seed: 2).memorylessLoss == 0)
  }

  @Test(arguments: [5, 6, 10, 100])
  func temporalOrderHasTwoMarks(length: Int) {
    let task = TemporalOrderTask(length: length, seed: 1)
    for index in 0..<500 {
      let example = task.example(index)
      let marks = example.symbols.indices.filter { [4, 5].contains(example.symbols[$0]) }
      #expect(marks.count == 2)
      #expect(marks[0] >= length / 10 && marks[0] <= max(1, length / 5))
      #expect(marks[1] >= length / 2 && marks[1] <= max(length / 2, length * 3 / 5))
      #expect(example.symbols[0] == 6 && example.symbols[length - 1] == 7)
      let order = 2 * (example.symbols[marks[0]] - 4) + example.symbols[marks[1]] - 4
      #expect(example.classes == [order])
    }
  }

  @Test func impossibleLengthsAreRefused() {
    for (kind, length) in [
      (SyntheticTaskKind.adding, 1), (.copy, 0), (.parity, -3), (.temporalOrder, 4),
      (.adding, 1 << 25),
    ] {
      expectUserError(saying: "--length \(length)", "'\(kind.rawValue)'") {
        _ = try kind.task(length: length, seed: 1)
      }
    }
  }
}
