import Compute
import Parallel

/// `Y = X ⊙ mask / (1 - p)`, each element kept with probability 1 - p. Srivastava et al. 2014.
///
/// The mask is never stored: it is drawn again, at (seed, layer, update, token, column), in the
/// backward pass. A locked mask is the same for all tokens of a row (Gal & Ghahramani 2016).
struct Dropout<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let probability: Double
  let isLocked: Bool
  let random: RowStreams

  /// A locked mask is drawn row by row.
  var isTokenwise: Bool { !isLocked || y.extent == .sequences }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    forEachRow(lane) { row, mask in
      Rows.dropout(
        x.value.row(row), into: y.value.row(row), count: y.value.paddedColumns,
        stream: mask.stream, row: mask.row, probability: probability)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let isAdding = x.isAdding
    forEachRow(lane) { row, mask in
      let source = dy.row(row)
      // Masked in place: nobody reads this gradient again.
      Rows.dropout(
        source, into: isAdding ? source : dx.row(row), count: dy.paddedColumns,
        stream: mask.stream, row: mask.row, probability: probability)
      if isAdding { Rows.addRow(source, to: dx.row(row), count: dy.paddedColumns) }
    }
  }

  /// Every row of the worker, with where its mask is drawn.
  private func forEachRow(
    _ lane: Lane<S>, _ body: (_ row: Int, _ mask: (stream: RandomStream, row: Int)) -> Void
  ) {
    guard !isTokenwise else {
      for range in y.ranges(of: lane) { for row in range { body(row, random(row)) } }
      return
    }
    let layout = y.plan.layout
    let shard = y.plan.shard(of: lane.worker)
    for step in 0..<layout.stepCount {
      for row in shard.activeRows(at: step) { body(layout.offsets[step] + row, random(row)) }
    }
  }
}

extension Tape {
  /// Records dropout in training; the identity otherwise.
  ///
  /// - Parameters:
  ///   - layer: tells the places of one model apart, so that they draw different masks.
  ///   - isLocked: whether all tokens of a row share a mask.
  package func dropout(
    _ x: Variable<S>, probability: Double, layer: Int, isLocked: Bool = false
  ) -> Variable<S> {
    guard hasNoise, probability > 0 else { return x }
    let y = variable(columns: x.columns, plan: x.plan, extent: x.extent)
    record(
      Dropout(
        x: x.consumed(), y: y, probability: probability, isLocked: isLocked,
        random: streams(.dropout(layer: layer), x.plan, isLocked ? .sequences : x.extent)))
    return y
  }
}
