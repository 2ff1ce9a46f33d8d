import Autodiff
import Compute
import Parallel

/// What stands between the values a cell computes, its candidates ĥ and ĉ, and the states that are
/// passed on: a projection, zoneout, or one after the other.
///
///     h'   = W_hr ĥ(t), or ĥ(t)
///     h(t) = z ⊙ h(t-1) + (1 - z) ⊙ h'          c(t) = z' ⊙ c(t-1) + (1 - z') ⊙ ĉ(t)
///
/// In training z and z' are 1 with probability p, drawn at (seed, layer, update, token, unit); in
/// evaluation they are p.
///
/// Sources: Sak et al., "Long Short-Term Memory Based Recurrent Neural Network Architectures" (2014);
/// Krueger et al., "Zoneout" (2017).
struct RecurrentCandidate<S: MatrixElement>: Sendable {
  /// `[tokens, hidden]`.
  let h: Matrix<S>
  /// `[tokens, hidden]` with zoneout and a cell state.
  let c: Matrix<S>?
  /// `[rows, hidden]`: gradient of ĥ(t), in training.
  let dh: Matrix<S>?
  /// `[rows, projection]`, with both: h'.
  let projected: Matrix<S>?
  /// `[tokens, projection]`, with both, in training: gradient of h'.
  let dProjected: Matrix<S>?
  /// `[rows, hidden]`: the gradient that passes from c(t) to c(t-1) beside the cell.
  let dCarried: Matrix<S>?
  let zones: Zones<S>?

  /// Nil where the states are what the cell computes.
  init?(_ layer: RecurrentLayer<S>, _ plan: RowPlan, on tape: Tape<S>) {
    let zoneout = layer.regularization.zoneout
    guard layer.projection != nil || zoneout > 0 else { return nil }
    let (rows, tokens) = (plan.layout.rowCount, plan.layout.tokenCount)
    func matrix(_ rows: Int, _ columns: Int, if needed: Bool) -> Matrix<S>? {
      needed ? tape.arena.matrix(rows: rows, columns: columns) : nil
    }
    let hasZoneout = zoneout > 0
    let hasBoth = hasZoneout && layer.projection != nil
    let hasZonedCell = hasZoneout && layer.cell.hasCellState
    h = tape.arena.matrix(rows: tokens, columns: layer.hiddenSize)
    c = matrix(tokens, layer.hiddenSize, if: hasZonedCell)
    dh = matrix(rows, layer.hiddenSize, if: tape.isTraining)
    projected = matrix(rows, layer.outputSize, if: hasBoth)
    dProjected = matrix(tokens, layer.outputSize, if: hasBoth && tape.isTraining)
    dCarried = matrix(rows, layer.hiddenSize, if: hasZonedCell && tape.isTraining)
    zones =
      hasZoneout
      ? Zones(
        probability: zoneout, layer: layer.weightIH.index, plan,
        z: tape.arena.matrix(rows: rows, columns: max(layer.hiddenSize, layer.outputSize)),
        on: tape) : nil
  }

  /// After the cell's backward pass: `dc(t-1) += z' ⊙ dc(t)`.
  func addCarried(to dc: Matrix<S>, _ rows: Range<Int>) {
    guard let dCarried else { return }
    for row in rows { Rows.addRow(dCarried.row(row), to: dc.row(row), count: dc.paddedColumns) }
  }
}

/// The shares z of units that keep their value.
struct Zones<S: MatrixElement>: Sendable {
  enum State: Int { case h, c }

  private let probability: Double
  /// Of h and of c; none without noise.
  private let streams: [RowStreams]
  /// `[rows, units]`: room for z of the token a row is at.
  private let z: Matrix<S>

  init(probability: Double, layer: Int, _ plan: RowPlan, z: Matrix<S>, on tape: Tape<S>) {
    self.probability = probability
    self.z = z
    streams =
      tape.hasNoise
      ? [State.h, .c].map {
        tape.streams(.zoneout(layer: 2 * layer + $0.rawValue), plan, .tokens)
      } : []
  }

  /// z of one token of `row`: drawn again, not kept, in the backward pass.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func draw(_ state: State, row: Int, token: Int, count: Int) -> UnsafePointer<S> {
    let z = self.z.row(row)
    guard !streams.isEmpty else {
      z.update(repeating: S(probability), count: count)
      return UnsafePointer(z)
    }
    // Dropout's words: what it drops keeps its value.
    z.update(repeating: 1, count: count)
    let (stream, number) = streams[state.rawValue](token)
    Rows.dropout(z, into: z, count: count, stream: stream, row: number, probability: probability)
    for i in 0..<count { z[i] = z[i] > 0 ? 0 : 1 }
    return UnsafePointer(z)
  }
}

extension Recurrence {
  /// From the candidates of `step` to its states.
  func settle(_ step: Int, _ share: RecurrenceShare, _ lane: Lane<S>) {
    guard let candidate else { return }
    let offset = layout.offsets[step]
    if let projection = layer.projection?.forward {
      let (active, tokens) = (share.shard.activeRows(at: step), share.shard.tokens(at: step))
      let current = layout.rowCount + tokens.lowerBound
      let source = candidate.h.rows(tokens)
      multiply(
        source, by: projection,
        into: candidate.projected?.rows(active) ?? h.rows(current..<current + active.count), share,
        lane)
      share.meet()
    }
    guard let zones = candidate.zones else { return }
    for row in share.own.activeRows(at: step) {
      let (previous, token) = (previousRow(row, at: step), offset + row)
      let current = layout.rowCount + token
      mix(
        h.row(previous), candidate.projected?.row(row) ?? candidate.h.row(token),
        into: h.row(current), h.paddedColumns,
        zones.draw(.h, row: row, token: token, count: h.paddedColumns))
      guard let c, let value = candidate.c?.row(token) else { continue }
      mix(
        c.row(previous), value, into: c.row(current), c.paddedColumns,
        zones.draw(.c, row: row, token: token, count: c.paddedColumns))
    }
    share.meet()
  }

  /// `target = source · B`, the columns that are the worker's own.
  private func multiply(
    _ source: Matrix<S>, by weights: PackedWeights<S>, into target: Matrix<S>,
    _ share: RecurrenceShare, _ lane: Lane<S>
  ) {
    let operand = LeftOperand<S>(
      source.base, stride: source.stride, rows: source.rows, depth: weights.depth,
      precision: weights.precision, scratch: lane.scratch)
    for panel in share.panels(of: weights.layout) {
      weights.multiply(
        panel: panel, rows: source.rows, operand, into: target.base, stride: target.stride,
        adding: false)
    }
  }

  /// From the gradients of the states of `step`, complete, to those of its candidates; what passes
  /// the cell by goes to the step before.
  func unsettle(_ step: Int, _ share: RecurrenceShare, _ lane: Lane<S>) {
    guard let candidate, let dy = output.gradient, let dInitial, let dCandidate = candidate.dh
    else { return }
    let offset = layout.offsets[step]
    if let zones = candidate.zones {
      for row in share.own.activeRows(at: step) {
        let token = offset + row
        split(
          dy.row(token),
          before: step == 0 ? dInitial.row(row) : dy.row(layout.offsets[step - 1] + row),
          candidate: candidate.dProjected?.row(token) ?? dCandidate.row(row),
          dy.paddedColumns, isAdding: true,
          zones.draw(.h, row: row, token: token, count: dy.paddedColumns))
        guard let dc, let carried = candidate.dCarried else { continue }
        split(
          dc.row(row), before: carried.row(row), candidate: dc.row(row), dc.paddedColumns,
          isAdding: false, zones.draw(.c, row: row, token: token, count: dc.paddedColumns))
      }
      share.meet()
    }
    if let projection = layer.projection?.backward {
      let gradients = candidate.dProjected ?? dy
      multiply(
        gradients.rows(share.shard.tokens(at: step)), by: projection,
        into: dCandidate.rows(share.shard.activeRows(at: step)), share, lane)
      share.meet()
    }
  }
}

/// `y = z ⊙ previous + (1 - z) ⊙ candidate`
@specialized(where S == Float)
@specialized(where S == Double)
private func mix<S: MatrixElement>(
  _ previous: UnsafePointer<S>, _ candidate: UnsafePointer<S>, into y: UnsafeMutablePointer<S>,
  _ count: Int, _ z: UnsafePointer<S>
) {
  for i in 0..<count { y[i] = z[i] * previous[i] + (1 - z[i]) * candidate[i] }
}

/// `before = (isAdding ? before : 0) + z ⊙ d`, `candidate = (1 - z) ⊙ d`; `candidate` may be `d`.
@specialized(where S == Float)
@specialized(where S == Double)
private func split<S: MatrixElement>(
  _ d: UnsafePointer<S>, before: UnsafeMutablePointer<S>, candidate: UnsafeMutablePointer<S>,
  _ count: Int, isAdding: Bool, _ z: UnsafePointer<S>
) {
  for i in 0..<count {
    let value = d[i]
    before[i] = (isAdding ? before[i] : 0) + z[i] * value
    candidate[i] = (1 - z[i]) * value
  }
}
