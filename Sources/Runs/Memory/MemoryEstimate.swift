import Autodiff
import Compute

/// What a training, or the use of a trained model, will take, before anything is taken: every task's,
/// from what it has declared.
package struct MemoryEstimate: Sendable {
  /// What needs it, in words.
  private let purpose: String
  /// Name and bytes of each part.
  package let parts: [(name: String, bytes: Int)]
  /// Bytes of moments that other processes have, which are saved with this one's.
  private var momentsOfOthers = 0

  /// Of a training.
  ///
  /// - Parameters:
  ///   - parameters: declared only.
  ///   - averages: copies of the weights that are kept beside them.
  ///   - leafSums: copies of the gradients.
  ///   - ranks: processes that share the training.
  ///   - savesFromCopy: keeps a copy of what is saved, so that training goes on meanwhile.
  ///   - record: records a minibatch than which none takes more; nothing of it is computed.
  ///   - read: what is read at a time when the model is measured, likewise.
  package init(
    _ parameters: ParameterStore<Float>, _ optimizer: OptimizerConfiguration, averages: Int = 0,
    leafSums: Int = 0, ranks: Int = 1, savesFromCopy: Bool = false, precision: Precision,
    workers: Int,
    record: (Tape<Float>) throws -> Void,
    read: (Tape<Float>) throws -> Void = { _ in }
  ) rethrows {
    purpose = "this training"
    let minibatch = try Tape.counting(workers: workers, precision: precision, record)
    let saved = 1 + optimizer.momentNames.count + averages
    parts = [
      (
        "weights and gradients",
        (1 + averages + leafSums) * parameters.valueBytes
          + (leafSums > 0 ? parameters.valueBytes : minibatch.gradientBytes(for: parameters))
      ),
      ("optimizer moments", optimizer.momentBytes(of: parameters, sharedBy: ranks)),
      ("packed weights", parameters.derivedBytes),
      ("a minibatch", minibatch.activationBytes),
      ("packed operands", minibatch.scratchBytes(for: parameters)),
      try Self.measuring(precision, workers, read),
      (Self.copyName, savesFromCopy ? saved * parameters.valueBytes : 0),
    ]
    guard savesFromCopy else { return }
    momentsOfOthers =
      optimizer.momentBytes(of: parameters)
      - optimizer.momentBytes(of: parameters, sharedBy: ranks)
  }

  private static let copyName = "a copy to save from"

  /// Whether training goes on while it is saved.
  package var savesFromCopy: Bool { parts.contains { $0.name == Self.copyName && $0.bytes > 0 } }

  /// Without the copy to save from, if there is room for all the rest but not for that.
  package func fitted(to available: Int? = SystemMemory.total) -> MemoryEstimate {
    guard let available, total > available, savesFromCopy else { return self }
    // Then they are saved from where the optimizer has its own.
    let moments = [("moments of other processes", momentsOfOthers)]
    return MemoryEstimate(
      purpose: purpose, parts: parts.filter { $0.name != Self.copyName } + moments)
  }

  /// Of measuring a trained model.
  package init(
    reading parameters: ParameterStore<Float>, precision: Precision, workers: Int,
    read: (Tape<Float>) throws -> Void
  ) rethrows {
    purpose = "measuring this run"
    parts = [
      ("weights", parameters.valueBytes), ("packed weights", parameters.derivedBytes),
      try Self.measuring(precision, workers, read),
    ]
  }

  private static func measuring(
    _ precision: Precision, _ workers: Int, _ read: (Tape<Float>) throws -> Void
  ) rethrows -> (name: String, bytes: Int) {
    let tape = try Tape.counting(workers: workers, precision: precision, training: false, read)
    return ("measuring", tape.activationBytes)
  }

  private init(purpose: String, parts: [(name: String, bytes: Int)]) {
    (self.purpose, self.parts) = (purpose, parts)
  }

  /// Saturates: sizes come from the command line.
  package var total: Int {
    parts.reduce(0) { sum, part in
      let (value, overflow) = sum.addingReportingOverflow(part.bytes)
      return overflow ? Int.max : value
    }
  }

  /// Throws a `UserError` if the total is more than the machine, or its container, has.
  package func check(available: Int? = SystemMemory.total) throws {
    guard let available, total > available else { return }
    let lines = parts.filter { $0.bytes > 0 }.map { "\(ByteCount($0.bytes)) for \($0.name)" }
    throw UserError(
      "\(purpose) needs \(ByteCount(total)): \(lines.joined(separator: " + ")); "
        + "this machine has \(ByteCount(available))",
      hint: "lower --hidden, --layers, --embedding or --batch, or take shorter sequences")
  }

  /// Refuses, as `check` does, a minibatch that holds so many numbers at least.
  package static func check(
    minibatchOf numbers: Double, available: Int? = SystemMemory.total
  ) throws {
    let bytes = Int(exactly: (4 * numbers).rounded()) ?? .max
    try MemoryEstimate(purpose: "this task", parts: [("a minibatch", bytes)])
      .check(available: available)
  }
}
