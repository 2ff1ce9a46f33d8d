import Autodiff
import Compute
import Parallel

extension Recurrence {
  /// Time runs backward. The gradient of h(t) gathers in the output's gradient: what comes from
  /// above is there already; the step after adds `dG(t+1) · U`.
  // As in `forward`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    if let cell = layer.linearCell, let scan { return backward(cell, scan, lane) }
    let share = share(of: lane.worker)
    guard !share.shard.rows.isEmpty else { return }
    dInitial?.rows(share.own.rows).fill(0)
    startEndingRows(share.own.rows)
    share.meet()
    for steps in chunks(share.shard).reversed() {
      for step in steps.reversed() { backwardStep(step, share, lane) }
      if case .variable(let x) = input { propagate(to: x, steps, share, lane) }
    }
    propagateToInitialStates(share, lane)
    share.meet()
  }

  /// Gradients of the gates at `step`. The following step has left its own.
  private func backwardStep(_ step: Int, _ share: RecurrenceShare, _ lane: Lane<S>) {
    let active = share.shard.activeRows(at: step)
    let following =
      step + 1 < layout.stepCount
      ? share.shard.activeRows(at: step + 1) : active.lowerBound..<active.lowerBound
    let last = layer.stages.count - 1
    for index in (0...last).reversed() {
      // The gradient of this stage's result arrives through the product of the next one: the next
      // stage of this step or, for the last stage, the first stage of the next step.
      let isLast = index == last
      let next = isLast ? 0 : index + 1
      let rows = isLast ? following : active
      let weights = recurrentWeights[next]?.backward
      let depths = layer.stages[next].depths?.backward
      var operand: LeftOperand<S>?
      if let weights, !rows.isEmpty {
        let gradients = dRecurrent[next] ?? gates[next]
        let token = layout.offsets[isLast ? step + 1 : step] + rows.lowerBound
        operand = LeftOperand(
          gradients.row(token), stride: gradients.stride, rows: rows.count, depth: weights.depth,
          precision: weights.precision, scratch: lane.scratch)
      }
      guard let target = isLast ? output.gradient : dSource else { continue }
      let targetRow = isLast ? layout.offsets[step] + active.lowerBound : active.lowerBound
      let units = PanelLayout(units: layer.hiddenSize)
      func add(panel: Int) {
        guard let weights, let operand else { return }
        let part = depths?[panel]
        if let masked {
          masked.add(
            panel: panel, of: weights, operand, part: part, rows: rows, to: target.row(targetRow),
            stride: target.stride, adding: isLast)
        } else {
          weights.multiply(
            panel: panel, rows: rows.count, operand, into: target.row(targetRow),
            stride: target.stride, adding: isLast, part: part)
        }
      }
      // A candidate's gradient needs all of dh(t), and gates that two stages share are read by all before one
      // writes them; otherwise each panel goes on to the cell at once.
      let unsettles = isLast && candidate != nil
      let isWhole = unsettles || !isLast && layer.stages[next].continuesGates
      if isWhole {
        let width = unsettles ? layer.outputSize : layer.hiddenSize
        for panel in share.panels(of: PanelLayout(units: width)) { add(panel: panel) }
        share.meet()
      }
      if unsettles { unsettle(step, share, lane) }
      for panel in share.panels(of: units) {
        if !isWhole { add(panel: panel) }
        layer.cell.backward(
          stage: index,
          cellStep(
            step, active: active, stage: index, groups: groups(ofPanel: panel, units),
            isBackward: true))
      }
      share.meet()
    }
    if let candidate, let dc, candidate.dCarried != nil {
      candidate.addCarried(to: dc, share.own.activeRows(at: step))
      share.meet()
    }
  }

  /// What the last steps of `rows` have from outside, where nothing comes from a following step.
  func startEndingRows(_ rows: Range<Int>) {
    guard let dy = output.gradient else { return }
    for row in rows {
      if let dFinal = finalH.gradient {
        Rows.addRow(
          dFinal.row(row), to: dy.row(layout.lastToken(ofRow: row)), count: dy.paddedColumns)
      }
      if let dc, let dFinal = finalC?.gradient {
        dc.row(row).update(from: dFinal.row(row), count: dc.paddedColumns)
      }
    }
  }

  /// `dX = Σ over stages of dG · W`.
  func propagate(
    to x: Consumer<S>, _ steps: Range<Int>, _ share: RecurrenceShare, _ lane: Lane<S>
  ) {
    guard let dx = x.gradient else { return }
    let ranges = steps.map(share.shard.tokens(at:))
    // Stages that read the input come first.
    for index in layer.stages.indices {
      guard let weights = layer.stages[index].input?.backward else { continue }
      weights.multiply(
        gates[index], ranges, into: dx, panels: share.panels(of: weights.layout),
        adding: x.isAdding || index > 0, scratch: lane.scratch)
    }
  }

  /// `dh(0) += dG(0) · U`, and dc(0) as the first step left it.
  func propagateToInitialStates(_ share: RecurrenceShare, _ lane: Lane<S>) {
    guard let dInitial, initialH?.gradient != nil || initialC?.gradient != nil else { return }
    let rows = share.shard.activeRows(at: 0)
    if let weights = recurrentWeights[0]?.backward {
      let gradients = dRecurrent[0] ?? gates[0]
      let operand = LeftOperand(
        gradients.row(rows.lowerBound), stride: gradients.stride, rows: rows.count,
        depth: weights.depth, precision: weights.precision, scratch: lane.scratch)
      let target = dInitial.row(rows.lowerBound)
      for panel in share.panels(of: weights.layout) {
        if let masked {
          masked.add(
            panel: panel, of: weights, operand, part: nil, rows: rows, to: target,
            stride: dInitial.stride, adding: true)
        } else {
          weights.multiply(
            panel: panel, rows: rows.count, operand, into: target, stride: dInitial.stride,
            adding: true)
        }
      }
    }
    share.meet()
    for (initial, gradient) in [(initialH, dInitial), (initialC, dc)] {
      guard let initial, let target = initial.gradient, let gradient else { continue }
      for row in share.own.activeRows(at: 0) {
        if initial.isAdding {
          Rows.addRow(gradient.row(row), to: target.row(row), count: target.paddedColumns)
        } else {
          target.row(row).update(from: gradient.row(row), count: target.paddedColumns)
        }
      }
    }
  }
}
