import Compute
import Networks

/// What the weights of a model will take in training, before anything is taken.
///
/// Sizes come from the command line: products and sums saturate instead of trapping.
struct WeightMemory {
  /// Numbers in weight matrices, which are kept packed too.
  private var matrices = 0
  /// Numbers in tables, which are not.
  private var tables = 0

  mutating func add(_ stack: StackConfiguration) {
    let cell = stack.cell
    let (hidden, directions) = (stack.hiddenSize, stack.directionCount)
    let gates = max(cell.inputGateCount, cell.recurrentGateCount)
    let first = Self.product(directions * gates, hidden, stack.inputSize + hidden + 2)
    let others = Self.product(
      stack.layerCount - 1, directions * gates, hidden, (directions + 1) * hidden + 2)
    matrices = Self.sum(matrices, first, others)
  }

  mutating func add(matrix rows: Int, _ columns: Int) {
    matrices = Self.sum(matrices, Self.product(rows, columns))
  }

  /// Self-attention of steps of `size` columns, by the score that takes most; nothing without a score.
  mutating func add(selfAttention score: AttentionScore?, _ size: Int) {
    if score != nil { add(matrix: Self.product(2, size), size) }
  }

  mutating func add(table rows: Int, _ columns: Int) {
    tables = Self.sum(tables, Self.product(rows, columns))
  }

  /// Weights, gradients and two moments each; matrices packed for both directions.
  var bytes: Int { Self.sum(Self.product(24, matrices), Self.product(16, tables)) }

  /// Throws if that is more than the machine, or its container, has.
  func check(available: Int? = SystemMemory.total) throws {
    guard let available, bytes > available else { return }
    throw UserError(
      "the weights, gradients and moments of this model need \(ByteCount(bytes)); "
        + "this machine has \(ByteCount(available))",
      hint: "lower --hidden, --layers or --embedding")
  }

  private static func product(_ factors: Int...) -> Int {
    factors.reduce(1) { result, factor in
      let (value, overflow) = result.multipliedReportingOverflow(by: factor)
      return overflow ? Int.max >> 8 : value
    }
  }

  private static func sum(_ terms: Int...) -> Int {
    terms.reduce(0) { min($0, Int.max >> 4) + min($1, Int.max >> 4) }
  }
}
