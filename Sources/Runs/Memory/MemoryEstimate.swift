import Autodiff
import Compute

/// What a training will take, before anything is taken: every task's, from what it has declared.
package struct MemoryEstimate: Sendable {
  /// Name and bytes of each part.
  package let parts: [(name: String, bytes: Int)]

  /// - Parameters:
  ///   - parameters: declared only.
  ///   - averages: copies of the weights that are kept beside them.
  ///   - record: records a minibatch than which none takes more; nothing of it is computed.
  package init(
    _ parameters: ParameterStore<Float>, _ optimizer: OptimizerConfiguration, averages: Int = 0,
    precision: Precision, workers: Int, record: (Tape<Float>) throws -> Void
  ) rethrows {
    parts = [
      ("weights and gradients", (2 + averages) * parameters.valueBytes),
      ("optimizer moments", optimizer.momentNames.count * parameters.valueBytes),
      ("packed weights", parameters.derivedBytes),
      (
        "a minibatch",
        try Tape.activationBytes(workers: workers, precision: precision, recording: record)
      ),
    ]
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
    let lines = parts.map { "\(ByteCount($0.bytes)) for \($0.name)" }.joined(separator: " + ")
    throw UserError(
      "this training needs \(ByteCount(total)): \(lines); "
        + "this machine has \(ByteCount(available))",
      hint: "lower --hidden, --layers, --embedding or --batch, or take shorter sequences")
  }
}
