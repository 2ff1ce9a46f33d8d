import Autodiff
import Compute
import Parallel

/// A recurrence that is linear in its state, as a scan in two levels.
///
/// Time is cut into pieces of `ScanMemory.stepsPerPiece` steps, wherever a sequence stands and
/// whatever the team is, so that the bits are the same. The steps of a piece, taken together, are
/// `h → A ⊙ h + B`: A is what is left of the state before, B the end of the piece from a state of
/// zeros. A piece starts from its own chain of these, and not from the last step before it:
///
///     start(k+1) = A(k) ⊙ start(k) + B(k)        h(t) inside a piece: step by step from start(k)
///
/// Backward the same happens in the other direction, with the same A.
///
/// Where a team has a row for every worker, a worker takes the pieces of its rows in turn. With fewer
/// rows than workers the pieces are shared out instead, products with the input and its gradient
/// included, and the workers meet four times forward and four times backward. So the scan pays where
/// few, long sequences are trained. It costs, in sequences of more than one piece, two more
/// multiplications and additions a unit and step forward and one backward; up to one piece nothing.
///
/// Source: Blelloch, "Prefix Sums and Their Applications" (1990); Feng et al. (2024).
extension Recurrence {
  func forward(_ cell: any LinearCell, _ scan: ScanMemory<S>, _ lane: Lane<S>) {
    let (worker, shard) = (lane.worker, output.plan.shard(of: lane.worker))
    copyInitialStates(shard.rows)
    if scan.isShared(by: worker) {
      let all = RowShard(rows: 0..<layout.rowCount, layout: layout)
      let mine = worker.share(of: scan.pieces.count)
      // What this reads, others have written.
      worker.barrier()
      for piece in mine { activate(cell, piece, all, scan, lane, advances: false) }
      worker.barrier()
      for piece in 1..<scan.pieces.count {
        chain(to: piece, all.rows, groups: worker.share(of: groupCount), scan)
      }
      worker.barrier()
      for piece in mine {
        for step in scan.pieces[piece] { advance(cell, step, all.activeRows(at: step), scan) }
      }
      worker.barrier()
    } else if !shard.rows.isEmpty {
      for piece in scan.pieces.indices {
        if piece > 0 { chain(to: piece, shard.rows, groups: 0..<groupCount, scan) }
        activate(cell, piece, shard, scan, lane, advances: true)
      }
    }
    copyFinalStates(shard.rows)
  }

  func backward(_ cell: any LinearCell, _ scan: ScanMemory<S>, _ lane: Lane<S>) {
    let (worker, shard) = (lane.worker, output.plan.shard(of: lane.worker))
    dInitial?.rows(shard.rows).fill(0)
    startEndingRows(shard.rows)
    if scan.isShared(by: worker) {
      let all = RowShard(rows: 0..<layout.rowCount, layout: layout)
      let mine = worker.share(of: scan.pieces.count)
      worker.barrier()
      for piece in mine where piece > 0 { retreat(cell, piece, all, scan) }
      worker.barrier()
      for piece in (1..<scan.pieces.count).reversed() {
        chainBack(from: piece, all.rows, groups: worker.share(of: groupCount), scan)
      }
      worker.barrier()
      for piece in mine { backward(cell, piece, all, scan, lane) }
      worker.barrier()
    } else if !shard.rows.isEmpty {
      for piece in scan.pieces.indices.reversed() {
        // The sum must be formed while the activations are there.
        if piece > 0 { retreat(cell, piece, shard, scan) }
        backward(cell, piece, shard, scan, lane)
        if piece > 0 { chainBack(from: piece, shard.rows, groups: 0..<groupCount, scan) }
      }
    }
    if !shard.rows.isEmpty { propagateToInitialStates(RecurrenceShare(alone: worker, shard), lane) }
  }

  /// The gates of a piece, its A and B if a piece follows, and its states if its start is known.
  private func activate(
    _ cell: any LinearCell, _ piece: Int, _ shard: RowShard, _ scan: ScanMemory<S>,
    _ lane: Lane<S>, advances: Bool
  ) {
    let staying = scan.rows(in: shard.rows, at: piece + 1)
    if !staying.isEmpty {
      scan.left[piece].rows(staying).fill(1)
      scan.end[piece].rows(staying).fill(0)
    }
    for steps in chunks(shard, in: scan.pieces[piece]) {
      beginGates(steps, RecurrenceShare(alone: lane.worker, shard), lane)
      for step in steps {
        let active = shard.activeRows(at: step)
        cell.activate(linearStep(step, active, scan, isBackward: false))
        if advances { advance(cell, step, active, scan) }
        if staying.isEmpty { continue }
        let mixture = cell.mixture(linearStep(step, staying, scan, isBackward: false))
        let end = scan.block(scan.end[piece], staying)
        mixture.advance(end, into: end, rows: staying.count, groups: groupCount)
        mixture.decay(
          scan.block(scan.left[piece], staying), rows: staying.count, groups: groupCount)
      }
    }
  }

  private func advance(
    _ cell: any LinearCell, _ step: Int, _ active: Range<Int>, _ scan: ScanMemory<S>
  ) {
    if active.isEmpty { return }
    let memory = linearStep(step, active, scan, isBackward: false)
    cell.mixture(memory).advance(
      memory.hPrevious, into: memory.h, rows: active.count, groups: groupCount)
  }

  /// `start = A ⊙ start + B` of the piece before.
  private func chain(
    to piece: Int, _ rows: Range<Int>, groups: Range<Int>, _ scan: ScanMemory<S>
  ) {
    let before = piece == 1 ? h : scan.start[piece - 1]
    for row in scan.rows(in: rows, at: piece) {
      multiplyAdd(
        scan.left[piece - 1].row(row), before.row(row), scan.end[piece - 1].row(row),
        into: scan.start[piece].row(row), groups)
    }
  }

  /// What a piece sends back to the one before it, were there nothing after it.
  private func retreat(
    _ cell: any LinearCell, _ piece: Int, _ shard: RowShard, _ scan: ScanMemory<S>
  ) {
    let rows = scan.rows(in: shard.rows, at: piece)
    if rows.isEmpty { return }
    scan.dEnd[piece - 1].rows(rows).fill(0)
    for step in scan.pieces[piece].reversed() {
      let active = shard.activeRows(at: step)
      if active.isEmpty { continue }
      let memory = linearStep(step, active, scan, isBackward: true)
      cell.mixture(memory).retreat(
        scan.block(scan.dEnd[piece - 1], active), dh: memory.dh, rows: active.count,
        groups: groupCount)
    }
  }

  /// `d += A ⊙ d of the piece after`, where there is one.
  private func chainBack(
    from piece: Int, _ rows: Range<Int>, groups: Range<Int>, _ scan: ScanMemory<S>
  ) {
    for row in scan.rows(in: rows, at: piece + 1) {
      let d = scan.dEnd[piece - 1].row(row)
      multiplyAdd(scan.left[piece].row(row), scan.dEnd[piece].row(row), d, into: d, groups)
    }
  }

  /// Gradients of a piece: all that comes from later pieces is in `dEnd`.
  private func backward(
    _ cell: any LinearCell, _ piece: Int, _ shard: RowShard, _ scan: ScanMemory<S>, _ lane: Lane<S>
  ) {
    guard let dy = output.gradient else { return }
    let steps = scan.pieces[piece]
    for row in scan.rows(in: shard.rows, at: piece + 1) {
      let token = layout.offsets[steps.upperBound - 1] + row
      Rows.addRow(scan.dEnd[piece].row(row), to: dy.row(token), count: dy.paddedColumns)
    }
    for steps in chunks(shard, in: steps).reversed() {
      for step in steps.reversed() {
        let active = shard.activeRows(at: step)
        cell.backward(stage: 0, linearStep(step, active, scan, isBackward: true))
      }
      if case .variable(let x) = input {
        propagate(to: x, steps, RecurrenceShare(alone: lane.worker, shard), lane)
      }
    }
  }

  /// The memory of a step, all units; the first step of a piece starts from the piece's own start.
  private func linearStep(
    _ step: Int, _ active: Range<Int>, _ scan: ScanMemory<S>, isBackward: Bool
  ) -> CellStep<S> {
    var memory = cellStep(
      step, active: active, stage: 0, groups: 0..<groupCount, isBackward: isBackward)
    let piece = step / ScanMemory<S>.stepsPerPiece
    if piece > 0, step == scan.pieces[piece].lowerBound {
      memory.hPrevious = scan.block(scan.start[piece], active)
      // The piece before has its share from `dEnd`: this one goes where nobody reads any more, and no
      // other piece writes.
      if isBackward { memory.dhPrevious = scan.block(scan.end[piece - 1], active) }
    }
    return memory
  }
}

/// `y = a ⊙ x + b` for some groups of 16 units; y may be b.
@specialized(where S == Float)
@specialized(where S == Double)
private func multiplyAdd<S: MatrixElement>(
  _ a: UnsafePointer<S>, _ x: UnsafePointer<S>, _ b: UnsafePointer<S>,
  into y: UnsafeMutablePointer<S>, _ groups: Range<Int>
) {
  for u in groups.lowerBound * 16..<groups.upperBound * 16 { y[u] = a[u] * x[u] + b[u] }
}

/// What the pieces of a scan hand to each other.
struct ScanMemory<S: MatrixElement>: Sendable {
  /// A property of the arithmetic: another number, other bits.
  static var stepsPerPiece: Int { 64 }

  let layout: SequenceLayout
  let pieces: [Range<Int>]
  /// One a piece but the last, `[rows, hidden]`: A and B. Rows that end in the piece have none.
  let left: [Matrix<S>]
  let end: [Matrix<S>]
  /// One a piece, `[rows, hidden]`: the state it starts from; that of the first lies with the states.
  let start: [Matrix<S>]
  /// One a piece but the last, `[rows, hidden]`: gradient of its last state from later pieces.
  let dEnd: [Matrix<S>]

  init(_ layout: SequenceLayout, hidden: Int, on tape: Tape<S>) {
    self.layout = layout
    let starts = stride(from: 0, to: layout.stepCount, by: Self.stepsPerPiece)
    pieces = starts.map { $0..<min($0 + Self.stepsPerPiece, layout.stepCount) }
    let inner = pieces.count - 1
    func matrices(_ count: Int) -> [Matrix<S>] {
      (0..<count).map { _ in tape.arena.matrix(rows: layout.rowCount, columns: hidden) }
    }
    left = matrices(inner)
    end = matrices(inner)
    start = matrices(inner > 0 ? pieces.count : 0)
    dEnd = matrices(tape.isTraining ? inner : 0)
  }

  /// Whether pieces are shared out, and not rows.
  func isShared(by worker: Worker) -> Bool {
    pieces.count > 1 && layout.rowCount < worker.count
  }

  /// The rows among `rows` that reach `piece`.
  func rows(in rows: Range<Int>, at piece: Int) -> Range<Int> {
    let active = piece < pieces.count ? layout.activeRows[pieces[piece].lowerBound] : 0
    return rows.clamped(to: 0..<active)
  }

  func block(_ matrix: Matrix<S>, _ rows: Range<Int>) -> Block<S> {
    Block(matrix.row(rows.lowerBound), stride: matrix.stride)
  }
}
