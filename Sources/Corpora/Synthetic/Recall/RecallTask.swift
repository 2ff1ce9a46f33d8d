import Compute

/// One made sequence: vectors to read, then steps at which the answer is asked for.
package struct RecallExample: Sendable, Equatable {
  /// [steps, inputWidth].
  package var inputs: [Float]
  /// [answer steps, outputWidth]: bits, wanted at the last steps.
  package var answer: [Float]
}

/// A task that asks for what was read before, bit by bit, after it was read: what a memory with
/// addresses is good at.
///
/// Example `index` depends on (seed, index) only and is the same on every machine, so training and
/// test sets are ranges of indices, and no example is ever stored.
/// Source of all four: Graves, Wayne & Danihelka, "Neural Turing Machines" (2014), section 4.
package protocol RecallTask: Sendable {
  /// Columns of a step's input: bits, then channels of the task.
  var inputWidth: Int { get }
  /// Bits of a step of the answer.
  var outputWidth: Int { get }
  /// Steps of the longest example.
  var longestExample: Int { get }
  func example(_ index: Int) -> RecallExample
  /// The same task without its longest sequences: of lengths, and of repeats, it keeps the least and
  /// `share` of the others, 0…1.
  func shortened(to share: Double) -> Self
}

extension ClosedRange<Int> {
  /// The least, and `share` of the others.
  func shortened(to share: Double) -> Self {
    lowerBound...lowerBound + Swift.min(count - 1, Int(Double(count) * share))
  }
}

/// What is asked, by name.
public enum RecallTaskKind: String, Sendable, CaseIterable {
  case copy
  case repeatCopy = "repeat-copy"
  case associativeRecall = "associative-recall"
  case prioritySort = "priority-sort"

  /// The task with vectors of `bits` bits.
  ///
  /// Throws a usage `UserError` if lengths or repeats make no sense.
  ///
  /// - Parameters:
  ///   - lengths: vectors read, or items of the associative recall; all equally likely.
  ///   - repeats: for repeat-copy, how often; all equally likely.
  ///   - scale: the repeats that their count is normalised by; nil for `repeats`. A task at other
  ///     repeats than were trained keeps what the count means.
  package func task(
    bits: Int, lengths: ClosedRange<Int>, repeats: ClosedRange<Int> = 1...1,
    scale: ClosedRange<Int>? = nil, seed: UInt64
  ) throws -> any RecallTask {
    let shortest = self == .associativeRecall ? 2 : 1
    guard lengths.lowerBound >= shortest, lengths.upperBound <= Self.longest else {
      throw UserError.usage(
        "lengths \(lengths.lowerBound) to \(lengths.upperBound): expected \(shortest) to "
          + "\(Self.longest) for '\(rawValue)'")
    }
    guard repeats.lowerBound >= 1, repeats.upperBound <= Self.longest else {
      throw UserError.usage(
        "\(repeats.lowerBound) to \(repeats.upperBound) repeats: expected 1 to \(Self.longest)")
    }
    let draws = RecallDraws(kind: self, seed: seed)
    return switch self {
    case .copy: VectorCopyTask(bits: bits, lengths: lengths, draws: draws)
    case .repeatCopy:
      RepeatCopyTask(
        bits: bits, lengths: lengths, repeats: repeats, scale: scale ?? repeats, draws: draws)
    case .associativeRecall: AssociativeRecallTask(bits: bits, lengths: lengths, draws: draws)
    case .prioritySort: PrioritySortTask(bits: bits, lengths: lengths, draws: draws)
    }
  }

  /// Far beyond any sequence that would fit into memory with its steps.
  package static let longest = 1 << 16
}

/// The random numbers of a task: none is shared with another task or example.
struct RecallDraws: Sendable {
  let kind: RecallTaskKind
  let seed: UInt64

  /// Numbers that are no bits come first.
  private static let firstBit = 1 << 20

  func example(_ index: Int) -> Example {
    let place = RecallTaskKind.allCases.firstIndex(of: kind) ?? 0
    return Example(
      draws: SyntheticDraws(
        stream: RandomStream(
          // 4 is the purpose of generators; layers from 17 on are not those of synthetic tasks.
          seed: seed, purpose: RandomPurpose(4, layer: 17 + place), update: index >> 32),
        row: index & 0xFFFF_FFFF))
  }

  struct Example {
    let draws: SyntheticDraws

    func number(in range: ClosedRange<Int>, _ index: Int) -> Int {
      range.lowerBound + draws.number(below: range.count, index)
    }

    /// Uniform in [-1, 1).
    func signed(_ index: Int) -> Float { 2 * draws.uniform(index) - 1 }

    /// `count` fair bits, from bit `start` on.
    func bits(_ count: Int, from start: Int) -> [Float] {
      (start..<start + count).map { bit in
        let word = draws.stream.word(row: draws.row, index: RecallDraws.firstBit + bit / 32)
        return word >> UInt32(bit % 32) & 1 == 1 ? 1 : 0
      }
    }
  }
}

/// Steps of an input that are still to be filled: all zeros at first.
struct RecallInputs {
  let width: Int
  var values: [Float]

  init(steps: Int, width: Int) {
    self.width = width
    values = [Float](repeating: 0, count: steps * width)
  }

  subscript(step: Int, channel: Int) -> Float {
    get { values[step * width + channel] }
    set { values[step * width + channel] = newValue }
  }

  /// Writes vectors of `bits` bits to the first channels of the steps from `step` on.
  mutating func write(_ vectors: ArraySlice<Float>, bits: Int, at step: Int) {
    for (place, value) in vectors.enumerated() { self[step + place / bits, place % bits] = value }
  }
}
