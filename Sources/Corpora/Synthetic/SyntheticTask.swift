import Compute

/// One made sequence with its target.
package struct SyntheticExample: Sendable, Equatable {
  /// [steps, width] if the inputs are vectors, else empty.
  package var vectors: [Float] = []
  /// One a step if the inputs are symbols, else empty.
  package var symbols: [Int32] = []
  /// The number to predict after the last step, if the target is one.
  package var number: Float = 0
  /// The class after the last step, or one a step; empty if the target is a number.
  package var classes: [Int32] = []
}

/// A task made to measure memory: what is asked at the end was said long before.
///
/// Example `index` depends on (seed, index) only and is the same on every machine, so training and
/// test sets are ranges of indices, and no example is ever stored.
package protocol SyntheticTask: Sendable {
  /// Steps of every sequence.
  var stepCount: Int { get }
  var inputs: SyntheticInputs { get }
  var targets: SyntheticTargets { get }
  /// The mean loss of the best answer that remembers nothing: squared error for a number, nats a
  /// target for classes.
  var memorylessLoss: Double { get }
  func example(_ index: Int) -> SyntheticExample
}

package enum SyntheticInputs: Sendable, Equatable {
  case vectors(width: Int)
  case symbols(count: Int)
}

package enum SyntheticTargets: Sendable, Equatable {
  /// A number after the last step.
  case number
  /// One of `count` classes after the last step.
  case lastClass(count: Int)
  /// One of `count` classes after every step.
  case everyClass(count: Int)
}

/// The synthetic tasks by name.
package enum SyntheticTaskKind: String, Sendable, CaseIterable {
  case adding
  case copy
  case parity
  case temporalOrder = "temporal-order"

  /// The task at a length. Throws a usage `UserError` if the length is too short or too long.
  package func task(length: Int, seed: UInt64) throws -> any SyntheticTask {
    let shortest =
      switch self {
      case .adding: 2
      case .copy, .parity: 1
      case .temporalOrder: 5
      }
    // Positions are drawn from 32 bits; a longer sequence would not fit in memory either.
    guard length >= shortest, length <= 1 << 24 else {
      throw UserError.usage(
        "--length \(length): expected \(shortest) to \(1 << 24) for '\(rawValue)'")
    }
    return switch self {
    case .adding: AddingTask(length: length, seed: seed)
    case .copy: CopyTask(delay: length, seed: seed)
    case .parity: ParityTask(length: length, seed: seed)
    case .temporalOrder: TemporalOrderTask(length: length, seed: seed)
    }
  }

  /// The random numbers of example `index`: none is shared with another task or example.
  func draws(seed: UInt64, example index: Int) -> SyntheticDraws {
    let place = Self.allCases.firstIndex(of: self) ?? 0
    return SyntheticDraws(
      stream: RandomStream(
        // 4 is the purpose of generators; the layer separates the tasks.
        seed: seed, purpose: RandomPurpose(4, layer: place + 1), update: index >> 32),
      row: index & 0xFFFF_FFFF)
  }
}

/// Random numbers of one example, by index.
struct SyntheticDraws {
  let stream: RandomStream
  let row: Int

  /// Uniform in [0, 1), 24 bits.
  func uniform(_ index: Int) -> Float { stream.uniform(row: row, index: index) }

  /// Uniform in 0 ..< `count`.
  func number(below count: Int, _ index: Int) -> Int {
    Int((UInt64(stream.word(row: row, index: index)) * UInt64(count)) >> 32)
  }
}
