import Compute
import Parallel

/// A matrix on the tape, with the gradient of the loss by it.
///
/// Its rows are either the tokens of a minibatch or its sequences. The gradient has one writer
/// order: of all operations that read the variable, the last recorded overwrites, the others add;
/// where there is none, the tape writes zeros.
///
/// `@unchecked Sendable`: consumers are counted while recording; in a region each worker touches
/// the rows of its own shard.
public final class Variable<S: MatrixElement>: @unchecked Sendable {
  public enum Extent: Sendable { case tokens, sequences }

  public let value: Matrix<S>
  /// Nil where no gradient is wanted.
  public let gradient: Matrix<S>?
  public let plan: RowPlan
  public let extent: Extent
  public private(set) var consumerCount = 0

  init(value: Matrix<S>, gradient: Matrix<S>?, plan: RowPlan, extent: Extent) {
    self.value = value
    self.gradient = gradient
    self.plan = plan
    self.extent = extent
  }

  public var columns: Int { value.columns }

  /// Which leaf each row belongs to, where several are recorded together.
  package var leafRows: LeafRows? { extent == .tokens ? plan.leafTokens : plan.leafRows }

  /// Takes note of a reader. The token it gets says later whether its gradient overwrites.
  public func consumed() -> Consumer<S> {
    consumerCount += 1
    return Consumer(variable: self, number: consumerCount - 1)
  }

  /// The rows of a worker in the operation that runs, as contiguous ranges in order: those of its shard, or, where
  /// the operation goes over tokens one by one (`TapeOperation.isTokenwise`), its share of all tokens.
  public func ranges(of lane: Lane<S>) -> [Range<Int>] {
    lane.isTokenwise && extent == .tokens
      ? plan.evenRanges(of: lane.worker) : ranges(of: lane.worker)
  }

  /// The rows of `worker`'s shard, as contiguous ranges in order.
  package func ranges(of worker: Worker) -> [Range<Int>] {
    switch extent {
    case .tokens: plan.tokenRanges(of: worker)
    case .sequences: plan.rowRanges(of: worker)
    }
  }
}

/// One operation's claim on a variable it reads.
public struct Consumer<S: MatrixElement>: Sendable {
  public let variable: Variable<S>
  let number: Int

  public var value: Matrix<S> { variable.value }
  public var gradient: Matrix<S>? { variable.gradient }
  /// False for the first writer of the gradient in the backward pass: it overwrites.
  public var isAdding: Bool { number != variable.consumerCount - 1 }

  /// Hands on the gradient of `y`, of the same shape, as it is. Nothing where none is wanted.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func handOn(_ y: Variable<S>, _ lane: Lane<S>) {
    guard let dx = gradient, let dy = y.gradient else { return }
    let isAdding = isAdding
    for range in y.ranges(of: lane) {
      for row in range {
        if isAdding {
          Rows.addRow(dy.row(row), to: dx.row(row), count: dy.paddedColumns)
        } else {
          dx.row(row).update(from: dy.row(row), count: dy.paddedColumns)
        }
      }
    }
  }
}
