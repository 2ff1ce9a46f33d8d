import Interchange

/// The sequences of a batch: how many and how long. What is computed at steps behind a sequence's end
/// means nothing, and nothing is made of it.
final class SequenceFrame {
  private let builder: ONNXGraphBuilder
  /// int64 `[batch]`.
  let lengths: ONNXValue
  /// A value whose first axis is time.
  private let example: ONNXValue

  /// - Parameter example: a value `[time, batch, …]`.
  init(_ builder: ONNXGraphBuilder, lengths: ONNXValue, of example: ONNXValue) {
    self.builder = builder
    self.lengths = lengths
    self.example = example
  }

  /// `[1]`.
  private(set) lazy var batchSize = builder.size(lengths, axis: 0)

  /// int32 `[batch]`, as the recurrent operators want them.
  private(set) lazy var shortLengths = builder.cast(lengths, .int32)

  /// int64 `[time, 1]`: the steps, from 0.
  private(set) lazy var places: ONNXValue = {
    let time = builder.squeezed(builder.size(example, axis: 0), 0)
    let steps = builder.node("Range", builder.integer(0), time, builder.integer(1))
    return builder.unsqueezed(steps, 1)
  }()

  /// bool `[time, batch]`: whether a step is within its sequence.
  private(set) lazy var mask = builder.node("Less", places, lengths)

  /// bool `[time, batch, 1]`.
  private(set) lazy var columnMask = builder.unsqueezed(mask, 2)

  /// float `[batch, 1]`.
  private(set) lazy var columnLengths = builder.unsqueezed(builder.cast(lengths, .float), 1)

  /// Zeros `[batch, columns]`.
  func zeros(columns: Int) -> ONNXValue {
    builder.node(
      "Expand", builder.number(0),
      builder.concatenated([batchSize, builder.integers([columns])], axis: 0))
  }

  /// Every sequence backward in time.
  func reversed(_ x: ONNXValue) -> ONNXValue {
    builder.node(
      "ReverseSequence", x, lengths, with: [("time_axis", .int(0)), ("batch_axis", .int(1))])
  }
}
