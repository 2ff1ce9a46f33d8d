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
package final class Variable<S: MatrixElement>: @unchecked Sendable {
  package enum Extent: Sendable { case tokens, sequences }

  package let value: Matrix<S>
  /// Nil where no gradient is wanted.
  package let gradient: Matrix<S>?
  package let plan: RowPlan
  package let extent: Extent
  package private(set) var consumerCount = 0

  init(value: Matrix<S>, gradient: Matrix<S>?, plan: RowPlan, extent: Extent) {
    self.value = value
    self.gradient = gradient
    self.plan = plan
    self.extent = extent
  }

  package var columns: Int { value.columns }

  /// Takes note of a reader. The token it gets says later whether its gradient overwrites.
  package func consumed() -> Consumer<S> {
    consumerCount += 1
    return Consumer(variable: self, number: consumerCount - 1)
  }

  /// The rows of `worker`, as contiguous ranges in order.
  package func ranges(of worker: Worker) -> [Range<Int>] {
    switch extent {
    case .tokens: plan.tokenRanges(of: worker)
    case .sequences: plan.rowRanges(of: worker)
    }
  }
}

/// One operation's claim on a variable it reads.
package struct Consumer<S: MatrixElement>: Sendable {
  package let variable: Variable<S>
  let number: Int

  package var value: Matrix<S> { variable.value }
  package var gradient: Matrix<S>? { variable.gradient }
  /// False for the first writer of the gradient in the backward pass: it overwrites.
  package var isAdding: Bool { number != variable.consumerCount - 1 }
}
