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
    let shard = output.plan.shard(of: lane.worker)
    guard !shard.rows.isEmpty else { return }
    dInitial?.rows(shard.rows).fill(0)
    for steps in chunks(shard).reversed() {
      for step in steps.reversed() { backwardStep(step, shard, lane) }
      if case .variable(let x) = input {
        propagate(to: x, steps.map(shard.tokens(at:)), lane)
      }
    }
    propagateToInitialStates(shard, lane)
  }

  /// Gradients of the gates at `step`. The following step has left its own.
  private func backwardStep(_ step: Int, _ shard: RowShard, _ lane: Lane<S>) {
    let active = shard.activeRows(at: step)
    let following =
      step + 1 < layout.stepCount
      ? shard.activeRows(at: step + 1) : active.lowerBound..<active.lowerBound
    startEndingRows(max(following.upperBound, active.lowerBound)..<active.upperBound, step)
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
      // A candidate's gradient needs all of dh(t); otherwise each panel goes on to the cell at once.
      let isWhole = isLast && candidate != nil
      if isWhole {
        for panel in 0..<PanelLayout(units: layer.outputSize).panelCount { add(panel: panel) }
        unsettle(step, active, lane)
      }
      for panel in 0..<units.panelCount {
        if !isWhole { add(panel: panel) }
        layer.cell.backward(
          stage: index,
          cellStep(
            step, active: active, stage: index, groups: groups(ofPanel: panel, units),
            isBackward: true))
      }
    }
    if let candidate, let dc { candidate.addCarried(to: dc, active) }
  }

  /// Rows whose last step this is: their gradients come from outside only.
  func startEndingRows(_ rows: Range<Int>, _ step: Int) {
    guard let dy = output.gradient else { return }
    for row in rows {
      if let dFinal = finalH.gradient {
        Rows.addRow(
          dFinal.row(row), to: dy.row(layout.offsets[step] + row), count: dy.paddedColumns)
      }
      if let dc, let dFinal = finalC?.gradient {
        dc.row(row).update(from: dFinal.row(row), count: dc.paddedColumns)
      }
    }
  }

  /// `dX = Σ over stages of dG · W`.
  func propagate(to x: Consumer<S>, _ ranges: [Range<Int>], _ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    // Stages that read the input come first.
    for index in layer.stages.indices {
      guard let weights = layer.stages[index].input?.backward else { continue }
      weights.multiply(
        gates[index], ranges, into: dx, adding: x.isAdding || index > 0, scratch: lane.scratch)
    }
  }

  /// `dh(0) += dG(0) · U`, and dc(0) as the first step left it.
  func propagateToInitialStates(_ shard: RowShard, _ lane: Lane<S>) {
    guard let dInitial, initialH?.gradient != nil || initialC?.gradient != nil else { return }
    let rows = shard.activeRows(at: 0)
    if let weights = recurrentWeights[0]?.backward {
      let gradients = dRecurrent[0] ?? gates[0]
      let operand = LeftOperand(
        gradients.row(rows.lowerBound), stride: gradients.stride, rows: rows.count,
        depth: weights.depth, precision: weights.precision, scratch: lane.scratch)
      let target = dInitial.row(rows.lowerBound)
      for panel in 0..<weights.layout.panelCount {
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
    for (initial, gradient) in [(initialH, dInitial), (initialC, dc)] {
      guard let initial, let target = initial.gradient, let gradient else { continue }
      for row in rows {
        if initial.isAdding {
          Rows.addRow(gradient.row(row), to: target.row(row), count: target.paddedColumns)
        } else {
          target.row(row).update(from: gradient.row(row), count: target.paddedColumns)
        }
      }
    }
  }
}
