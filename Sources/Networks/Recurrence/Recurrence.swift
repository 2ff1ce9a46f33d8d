import Autodiff
import Compute
import Parallel

/// A recurrent layer over whole sequences: one fused operation.
///
/// - x `[tokens, input]` → h `[tokens, hidden]`, from state h(0), c(0) `[rows, hidden]`; h is
///   `[tokens, projection]` where it is projected
/// - The input product of several steps is one sweep over the weights; inside a step, each panel of
///   the recurrent product is handed to the cell while it is in the L1 cache.
/// - Rows shrink with time as sequences end: no padding is stored or multiplied.
/// - Kept for the backward pass: gates, states, and one value a unit if the cell asks for it.
///
/// Each worker takes its own rows through all steps, without synchronising; where rows are few, groups of
/// workers share theirs and divide the units (`RecurrencePlan`). The weights' gradients are owed: `dW_ih = dGᵀ · X`, `dW_hh = dGᵀ · H(t-1)`, `db = Σ dG`, over all tokens; peepholes are
/// owed a sum like a bias, of what the cell writes for every token.
final class Recurrence<S: MatrixElement>: TapeOperation {
  let layer: RecurrentLayer<S>
  let input: RecurrenceInput<S>
  let output: Variable<S>
  let initialH: Consumer<S>?
  let initialC: Consumer<S>?
  let finalH: Variable<S>
  let finalC: Variable<S>?

  /// `[rows + tokens, columns]`: the initial states, then the states of every token.
  let h: Matrix<S>
  let c: Matrix<S>?
  /// One a stage: `[tokens, gates of the stage]`, in panel order. Backward: their gradients. A stage
  /// that goes on with the gates of the stage before has the same matrix.
  let gates: [Matrix<S>]
  /// Separate stages: `[rows, gates]` in the forward pass.
  let recurrent: [Matrix<S>?]
  /// Separate stages: `[tokens, gates]`, gradients of the recurrent parts.
  let dRecurrent: [Matrix<S>?]
  let kept: Matrix<S>?
  /// `[tokens, peepholes]`, in panel order: what every token adds to the peepholes' gradient.
  let dPeepholes: Matrix<S>?
  /// `[rows, hidden]`: gradients that travel from step to step, or end at the initial state.
  let dc: Matrix<S>?
  let dInitial: Matrix<S>?
  /// `[rows, hidden]`: gradient of a later stage's source.
  let dSource: Matrix<S>?
  /// For cells that are driven by a scan.
  let scan: ScanMemory<S>?
  /// One a stage that is recurrent.
  let recurrentWeights: [PackedParameter<S>?]
  /// What stands between the cell and its states, if anything does.
  let candidate: RecurrentCandidate<S>?
  /// What the products read instead of h(t-1), if anything.
  let masked: MaskedSource<S>?
  /// Neighbours who share rows, unless the team is told otherwise.
  let groupSize: Int

  var layout: SequenceLayout { output.plan.layout }
  var groupCount: Int { (layer.hiddenSize + 15) / 16 }

  init(
    _ layer: RecurrentLayer<S>, _ input: RecurrenceInput<S>, plan: RowPlan,
    initial: RecurrentState<S>?, weights: [PackedParameter<S>?], on tape: Tape<S>
  ) {
    let (rows, tokens) = (plan.layout.rowCount, plan.layout.tokenCount)
    let (hidden, columns) = (layer.hiddenSize, layer.outputSize)
    let isTraining = tape.isTraining
    func matrix(_ rows: Int, _ columns: Int, if needed: Bool = true) -> Matrix<S>? {
      needed ? tape.arena.matrix(rows: rows, columns: columns) : nil
    }
    self.layer = layer
    self.input = input
    h = tape.arena.matrix(rows: rows + tokens, columns: columns)
    c = matrix(rows + tokens, hidden, if: layer.cell.hasCellState)
    gates = layer.stages.reduce(into: []) { gates, stage in
      let begun = stage.bias == nil ? gates.last : nil
      gates.append(begun ?? tape.arena.matrix(rows: tokens, columns: stage.layout.columnCount))
    }
    recurrent = layer.stages.map {
      matrix(rows, $0.layout.columnCount, if: $0.description.isSeparate)
    }
    dRecurrent = layer.stages.map {
      matrix(tokens, $0.layout.columnCount, if: $0.description.isSeparate && isTraining)
    }
    kept = matrix(tokens, hidden, if: layer.cell.keepsValue)
    dPeepholes =
      isTraining
      ? layer.peepholes.map { tape.arena.matrix(rows: tokens, columns: $0.layout.columnCount) }
      : nil
    dc = matrix(rows, hidden, if: isTraining && layer.cell.hasCellState)
    dInitial = matrix(rows, columns, if: isTraining)
    dSource = matrix(rows, hidden, if: isTraining && layer.stages.count > 1)
    scan = layer.linearCell.map { _ in ScanMemory(plan.layout, hidden: hidden, on: tape) }
    recurrentWeights = weights
    candidate = RecurrentCandidate(layer, plan, on: tape)
    masked = MaskedSource(layer, plan, on: tape)
    groupSize = layer.groupSize(for: plan.layout, workers: tape.workers)
    output = tape.variable(value: h.rows(rows..<rows + tokens), plan: plan)
    initialH = initial?.h.consumed()
    initialC = initial?.c?.consumed()
    finalH = tape.variable(columns: columns, plan: plan, extent: .sequences)
    finalC =
      layer.cell.hasCellState
      ? tape.variable(columns: hidden, plan: plan, extent: .sequences) : nil
  }

  /// Rows of h that step `step` starts from: those of the step before, or the initial states.
  func previousRow(_ row: Int, at step: Int) -> Int {
    step == 0 ? row : layout.rowCount + layout.offsets[step - 1] + row
  }

  /// Notes what the backward pass will owe to the layer's parameters.
  // Nobody else works while this is noted; generic, it asks the Swift runtime for a type at every step.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func oweGradients(on tape: Tape<S>) {
    guard tape.isTraining else { return }
    let rows = output.leafRows
    var previous = RowSource<S>(
      stride: h.stride, reservingSegments: layout.isRagged ? layout.stepCount : 1)
    for step in 0..<layout.stepCount {
      previous.append(h.row(previousRow(0, at: step)), rowCount: layout.activeRows[step])
    }
    if let weight = layer.weightPeephole, let dPeepholes {
      tape.owe(.sum(dy: RowSource(dPeepholes)), to: weight, rows: rows)
    }
    if let weight = layer.weightHR, let candidate, let dy = output.gradient {
      tape.owe(
        .product(dy: RowSource(candidate.dProjected ?? dy), x: RowSource(candidate.h)),
        to: weight, rows: rows)
    }
    for (number, stage) in layer.stages.enumerated() {
      let blocks = stage.description.blocks
      let dG = RowSource(gates[number])
      let dU = dRecurrent[number].map { RowSource($0) } ?? dG
      if stage.recurrent != nil, let weight = layer.weightHH {
        let unmasked = number == 0 ? previous : kept.map { RowSource($0) } ?? previous
        let source = masked.map { RowSource($0.sources[number]) } ?? unmasked
        tape.owe(.product(dy: dU, x: source, blocks: blocks), to: weight, rows: rows)
      }
      if stage.bias != nil {
        if blocks.upperBound <= layer.cell.inputGateCount {
          tape.owe(.sum(dy: dG, blocks: blocks), to: layer.biasIH, rows: rows)
        }
        if let bias = layer.biasHH, blocks.upperBound <= layer.cell.recurrentGateCount {
          tape.owe(.sum(dy: dU, blocks: blocks), to: bias, rows: rows)
        }
      }
      guard stage.input != nil else { continue }
      switch input {
      case .variable(let x):
        tape.owe(
          .product(dy: dG, x: RowSource(x.value), blocks: blocks), to: layer.weightIH,
          rows: rows)
      case .tokens(_, let index, let table):
        table.oweGradients(of: gates[number], stage: number, tokens: index, rows: rows, on: tape)
      }
    }
  }

  /// The memory of `active` rows at `step`, from unit group `group` on, for `stage`.
  func cellStep(
    _ step: Int, active: Range<Int>, stage: Int, groups: Range<Int>, isBackward: Bool
  ) -> CellStep<S> {
    let row = active.lowerBound
    let token = layout.offsets[step] + row
    let unit = groups.lowerBound * PanelLayout.lane
    func block(_ matrix: Matrix<S>, _ row: Int, _ column: Int) -> Block<S> {
      Block(matrix.row(row) + column, stride: matrix.stride)
    }
    func column(ofStage stage: Int) -> Int {
      unit * layer.stages[stage].layout.blocks
    }
    let gates = block(self.gates[stage], token, column(ofStage: stage))
    let previous = previousRow(row, at: step)
    let current = layout.rowCount + token
    let h = candidate.map { block($0.h, token, unit) } ?? block(self.h, current, unit)
    let dy =
      candidate.map { $0.dh.map { block($0, row, unit) } }
      ?? output.gradient.map { block($0, token, unit) }
    let dh = dy ?? h
    let peepholes = layer.peepholes.map {
      Block(UnsafeMutablePointer(mutating: $0.values) + unit * $0.layout.blocks, stride: 0)
    }
    return CellStep(
      rows: active.count, groups: groups.count, firstUnit: unit, hiddenSize: layer.hiddenSize,
      gates: gates,
      firstGates: stage == 0 ? gates : block(self.gates[0], token, column(ofStage: 0)),
      recurrent: isBackward
        ? dRecurrent[stage].map { block($0, token, column(ofStage: stage)) } ?? gates
        : recurrent[stage].map { block($0, row, column(ofStage: stage)) } ?? gates,
      kept: kept.map { block($0, token, unit) } ?? h,
      peepholes: peepholes ?? h,
      dPeepholes: dPeepholes.map { block($0, token, unit * layer.cell.peepholeCount) } ?? h,
      hPrevious: block(self.h, previous, unit), h: h,
      cPrevious: c.map { block($0, previous, unit) } ?? h,
      c: candidate?.c.map { block($0, token, unit) } ?? c.map { block($0, current, unit) } ?? h,
      dh: dh,
      dc: dc.map { block($0, row, unit) } ?? dh,
      dhPrevious: isBackward ? dhPrevious(row, at: step, unit: unit) : dh,
      dSource: dSource.map { block($0, row, unit) } ?? dh)
  }

  private func dhPrevious(_ row: Int, at step: Int, unit: Int) -> Block<S> {
    guard let dy = output.gradient, let dInitial else { return Block(h.base, stride: 0) }
    return step == 0
      ? Block(dInitial.row(row) + unit, stride: dInitial.stride)
      : Block(dy.row(layout.offsets[step - 1] + row) + unit, stride: dy.stride)
  }
}
