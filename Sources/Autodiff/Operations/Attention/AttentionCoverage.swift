import Compute
import Parallel

/// A penalty for looking at the same token again and again:
///
///     scale · Σ_q Σ_t min(w(q, t), c(q, t)),   c(q, ·) = Σ of w over the queries of the row before q
///
/// Belongs to an `Attention`, whose weights w these are. Backward:
/// `dw(q, t) = scale · ([w < c](q, t) + Σ_{later q'} [c ≤ w](q', t))`.
///
/// This is the loss of the source, without its term in the score: queries then need not wait for each
/// other.
/// Source: See, Liu & Manning, "Get To The Point: Summarization with Pointer-Generator Networks"
/// (2017), equations 10 and 12.
struct AttentionCoverage<S: MatrixElement>: Sendable {
  let scale: S
  /// `[queries, 1]`: the sums over t.
  let terms: Matrix<S>
  /// `[queries, longest source]`: 1 where w < c; then dw without `scale`.
  let slopes: Matrix<S>
  /// `[workers, longest source]`.
  let sums: Matrix<S>

  /// Forms the penalties and slopes of the queries of `row`, which look at `count` tokens.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    row: Int, of layout: SequenceLayout, _ weights: Matrix<S>, count: Int, worker: Int
  ) {
    let sum = sums.row(worker)
    sum.clear(count: count)
    for time in 0..<layout.lengths[row] {
      let query = layout.offsets[time] + row
      let (weight, slope) = (weights.row(query), slopes.row(query))
      var term: S = 0
      for step in 0..<count {
        let isNew = weight[step] < sum[step]
        term += isNew ? weight[step] : sum[step]
        slope[step] = isNew ? 1 : 0
        sum[step] += weight[step]
      }
      terms[query, 0] = term
    }
    // How often later queries are bounded by what was looked at before.
    sum.clear(count: count)
    for time in (0..<layout.lengths[row]).reversed() {
      let slope = slopes.row(layout.offsets[time] + row)
      for step in 0..<count {
        let own = slope[step]
        slope[step] = own + sum[step]
        sum[step] += 1 - own
      }
    }
  }
}
