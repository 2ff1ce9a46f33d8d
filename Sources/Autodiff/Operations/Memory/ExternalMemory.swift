import Compute
import Parallel

/// The memory of every sequence of a minibatch through time, and where the heads stood.
///
/// The steps that read and write it are operations of their own, `MemoryStep`; what they hand on
/// from one to the next is here: forward all contents, backward the one gradient by the contents
/// that is at hand. Cost: `N (M + 5 · heads + 1)` numbers a token.
///
/// `@unchecked Sendable`: in a region each worker touches the rows of its own shard.
package final class ExternalMemory<S: MatrixElement>: @unchecked Sendable {
  package let shape: MemoryShape
  package let plan: RowPlan
  /// `[rows + tokens, M · N]`: the contents that sequences begin with, then those after each token.
  package let contents: Matrix<S>
  /// `[rows + tokens, heads · N]`: where the heads stood before the first step and at each token;
  /// reading heads first.
  package let weights: Matrix<S>

  /// `[tokens, parameterColumns]`: what steered the heads, within its range.
  let parameters: Matrix<S>
  /// `[tokens, N]`: |M(i)|.
  let norms: Matrix<S>
  /// `[tokens, heads · 4 N]`: of each head K, the weights by content, v and ln v.
  let traces: Matrix<S>
  /// `[rows, M · N]` and `[rows, heads · N]`: gradients by the contents and the weights after the
  /// step whose backward pass comes next.
  let dContents: Matrix<S>?
  let dWeights: Matrix<S>?
  /// `[workers, 4 N]`.
  let scratch: Matrix<S>

  init(_ shape: MemoryShape, plan: RowPlan, on tape: Tape<S>) {
    let (rows, tokens) = (plan.layout.rowCount, plan.layout.tokenCount)
    let (slots, heads) = (shape.slotCount, shape.headCount)
    self.shape = shape
    self.plan = plan
    contents = tape.arena.matrix(rows: rows + tokens, columns: shape.width * slots)
    weights = tape.arena.matrix(rows: rows + tokens, columns: heads * slots)
    parameters = tape.arena.matrix(rows: tokens, columns: shape.parameterColumns)
    norms = tape.arena.matrix(rows: tokens, columns: slots)
    traces = tape.arena.matrix(rows: tokens, columns: heads * 4 * slots)
    let isTraining = tape.isTraining
    dContents =
      isTraining ? tape.arena.matrix(rows: rows, columns: shape.width * slots) : nil
    dWeights = isTraining ? tape.arena.matrix(rows: rows, columns: heads * slots) : nil
    scratch = tape.arena.matrix(rows: tape.workers, columns: 4 * slots)
  }

  /// The row of `contents` and `weights` that `row` has before `step`.
  func previous(_ row: Int, at step: Int) -> Int {
    step == 0 ? row : current(row, at: step - 1)
  }

  /// The row of `contents` and `weights` that `row` has after `step`.
  package func current(_ row: Int, at step: Int) -> Int {
    plan.layout.rowCount + plan.layout.offsets[step] + row
  }
}
