import Autodiff
import Compute
import Parallel

/// Recurrent dropout: what the products with `weight_hh` read, with the same units dropped at all
/// steps of a sequence.
///
///     g(t) = W x(t) + U (m ⊙ h(t-1)) + b        m = mask / (1 - p), one a sequence
///
/// The mask is a function of (seed, layer, update, row, unit). The masked sources are kept: they are
/// what `dU = dGᵀ · (m ⊙ H(t-1))` needs.
///
/// Source: Gal & Ghahramani (2016).
struct MaskedSource<S: MatrixElement>: Sendable {
  /// `[rows, columns]`: 0 or 1 / (1 - p).
  private let mask: Matrix<S>
  /// One a stage: `[tokens, columns]`.
  let sources: [Matrix<S>]
  /// `[rows, columns]`: gradients of the masked sources.
  private let dMasked: Matrix<S>
  private let streams: RowStreams
  private let probability: Double

  /// Nil where nothing is dropped.
  init?(_ layer: RecurrentLayer<S>, _ plan: RowPlan, on tape: Tape<S>) {
    guard tape.hasNoise, layer.regularization.dropout > 0 else { return nil }
    probability = layer.regularization.dropout
    streams = tape.streams(.recurrentDropout(layer: layer.weightIH.index), plan, .sequences)
    let layout = plan.layout
    // Later stages read as many units as the layer has, the first one columns of h.
    let columns = layer.stages.indices.map { $0 == 0 ? layer.outputSize : layer.hiddenSize }
    let widest = columns.max() ?? layer.outputSize
    mask = tape.arena.matrix(rows: layout.rowCount, columns: widest)
    dMasked = tape.arena.matrix(rows: layout.rowCount, columns: widest)
    sources = columns.map { tape.arena.matrix(rows: layout.tokenCount, columns: $0) }
  }

  /// Draws the masks of `rows`.
  func draw(_ rows: Range<Int>) {
    for row in rows {
      let target = mask.row(row)
      target.update(repeating: 1, count: mask.paddedColumns)
      let (stream, number) = streams(row)
      Rows.dropout(
        target, into: target, count: mask.paddedColumns, stream: stream, row: number,
        probability: probability)
    }
  }

  /// Writes the masked rows of one step.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func mask(
    _ source: Matrix<S>, stage: Int, rows: Range<Int>, _ tokens: Range<Int>
  ) {
    let target = sources[stage].rows(tokens)
    for (index, row) in rows.enumerated() {
      let (from, to, factor) = (source.row(index), target.row(index), mask.row(row))
      for i in 0..<target.paddedColumns { to[i] = from[i] * factor[i] }
    }
  }

  /// `target = (adding ? target : 0) + m ⊙ (gradients · U)` for the columns of one panel.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func add(
    panel: Int, of weights: PackedWeights<S>, _ operand: LeftOperand<S>, part: Range<Int>?,
    rows: Range<Int>, to target: UnsafeMutablePointer<S>, stride: Int, adding: Bool
  ) {
    weights.multiply(
      panel: panel, rows: rows.count, operand, into: dMasked.row(rows.lowerBound),
      stride: dMasked.stride, adding: false, part: part)
    let columns = weights.layout.columns(ofPanel: panel)
    for (index, row) in rows.enumerated() {
      let (from, to, factor) = (dMasked.row(row), target + index * stride, mask.row(row))
      for i in columns { to[i] = (adding ? to[i] : 0) + from[i] * factor[i] }
    }
  }
}
