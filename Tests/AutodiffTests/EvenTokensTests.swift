import Foundation
import Synchronization
import TestSupport
import Testing
import Unroll

/// With few rows, operations that go over tokens one by one share them evenly.
@Suite struct EvenTokensTests {
  @Test(
    arguments: [
      // Rows alone would be 9 and 7 tokens.
      ([9, 2, 2, 2, 1], 2, [0..<8, 8..<16]), ([6], 3, [0..<2, 2..<4, 4..<6]),
      // Rows are shares enough, or are tokens themselves.
      ([4, 4], 2, nil), ([10, 9], 2, nil), ([1, 1, 1], 2, nil), ([5, 3], 1, nil),
    ] as [([Int], Int, [Range<Int>]?)])
  func tokensAreDealtWhereRowsAreFew(lengths: [Int], workers: Int, expected: [Range<Int>]?) {
    let tape = Tape<Float>(workers: workers)
    tape.begin(training: false)
    let plan = tape.plan(SequenceLayout(lengths: lengths))
    let x = tape.variable(columns: 1, plan: plan)
    let sequences = tape.variable(columns: 1, plan: plan, extent: .sequences)
    let even = Witness(variable: x, isTokenwise: true)
    let own = Witness(variable: x, isTokenwise: false)
    let ofSequences = Witness(variable: sequences, isTokenwise: true)
    for witness in [even, own, ofSequences] { tape.record(witness) }
    WorkerTeam(count: workers).run { worker in
      tape.forward(worker)
      #expect(own.ranges[worker.index] == x.ranges(of: worker))
      #expect(ofSequences.ranges[worker.index] == sequences.ranges(of: worker))
      #expect(expected != nil || even.ranges[worker.index] == x.ranges(of: worker))
    }
    if let expected {
      #expect((0..<workers).flatMap { even.ranges[$0] ?? [] } == expected)
    }
  }

  /// Nobody reads a token that its owner has not written yet, on the way there and on the way back, however long one
  /// of them takes; nor does the region end before.
  @Test(arguments: [false, true]) func allWaitWhereTokensChangeTheirOwner(isTokenwiseLast: Bool) {
    let tape = Tape<Float>(workers: 3)
    tape.begin(training: true)
    let plan = tape.plan(SequenceLayout(lengths: [7, 2]))
    let variables = (0..<5).map { _ in tape.variable(columns: 1, plan: plan) }
    for (index, (from, to)) in zip(variables, variables.dropFirst()).enumerated() {
      tape.record(
        SlowCopy(
          x: from.consumed(), y: to, isTokenwise: (index % 2 == 0) != isTokenwiseLast))
    }
    let (first, last) = (variables[0], variables[4])
    // Else `backward` would begin with zeros.
    _ = last.consumed()
    for token in 0..<9 { first.value[token, 0] = Float(token + 1) }
    WorkerTeam(count: 3).run { worker in
      tape.forward(worker)
      for token in last.ranges(of: worker).joined() {
        #expect(last.value[token, 0] == Float(token + 1))
        last.gradient?[token, 0] = Float(10 * token)
      }
      tape.backward(worker)
      for token in first.ranges(of: worker).joined() {
        #expect(first.gradient?[token, 0] == Float(10 * token))
      }
    }
  }
}

/// A copy for which the worker of the last tokens takes its time.
private struct SlowCopy: TapeOperation {
  let x: Consumer<Float>
  let y: Variable<Float>
  let isTokenwise: Bool

  private func ranges(_ lane: Lane<Float>) -> [Range<Int>] {
    if lane.worker.index == (isTokenwise ? 2 : 0) { usleep(20_000) }
    return y.ranges(of: lane)
  }

  func forward(_ lane: Lane<Float>) {
    for token in ranges(lane).joined() { y.value[token, 0] = x.value[token, 0] }
  }

  func backward(_ lane: Lane<Float>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    for token in ranges(lane).joined() { dx[token, 0] = dy[token, 0] }
  }
}

/// Notes which rows every worker is dealt.
private final class Witness: TapeOperation {
  let variable: Variable<Float>
  let isTokenwise: Bool
  private let found = Mutex([Int: [Range<Int>]]())

  init(variable: Variable<Float>, isTokenwise: Bool) {
    (self.variable, self.isTokenwise) = (variable, isTokenwise)
  }

  var ranges: [Int: [Range<Int>]] { found.withLock { $0 } }

  func forward(_ lane: Lane<Float>) {
    found.withLock { $0[lane.worker.index] = variable.ranges(of: lane) }
  }

  func backward(_ lane: Lane<Float>) {}
}
