import Autodiff
import Compute
import Parallel

extension Recurrence {
  /// Steps are taken in chunks of about this many rows: the weights of the input product are then
  /// read once a chunk, and the chunk's gates are still in the L2 cache when the cell needs them.
  /// 256 rows of gates are too many for it at 512 units (1 to 3 % slower); 64 gain nothing more.
  static var chunkRows: Int { 128 }

  // Called through `TapeOperation`, which has no types to specialise from: without these lines every
  // panel asks the Swift runtime for generic types, an eighth of the time of a small model in bf16.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    if let cell = layer.linearCell, let scan { return forward(cell, scan, lane) }
    let shard = output.plan.shard(of: lane.worker)
    guard !shard.rows.isEmpty else { return }
    copyInitialStates(shard.rows)
    masked?.draw(shard.rows)
    for steps in chunks(shard) {
      beginGates(steps, shard, lane)
      for step in steps { forwardStep(step, shard.activeRows(at: step), lane) }
    }
    copyFinalStates(shard.rows)
  }

  /// `gates = x · Wᵀ + b`, for the stages that read the input, else b.
  func beginGates(_ steps: Range<Int>, _ shard: RowShard, _ lane: Lane<S>) {
    let ranges = steps.map(shard.tokens(at:))
    for index in layer.stages.indices {
      let stage = layer.stages[index]
      guard let weights = stage.input?.forward else {
        if let bias = stage.bias { for range in ranges { bias.write(to: gates[index], range) } }
        continue
      }
      switch input {
      case .variable(let x):
        if let bias = stage.bias { for range in ranges { bias.write(to: gates[index], range) } }
        weights.multiply(
          x.value, ranges, into: gates[index], adding: true, scratch: lane.scratch)
      case .tokens(let ids, _, let table):
        for range in ranges { table.lookUp(ids, range, stage: index, into: gates[index]) }
      }
    }
  }

  /// Consecutive steps of `steps`, nil for all, while the shard has rows, about `chunkRows` rows at
  /// a time.
  func chunks(_ shard: RowShard, in steps: Range<Int>? = nil) -> [Range<Int>] {
    let steps = steps ?? 0..<layout.stepCount
    var chunks: [Range<Int>] = []
    var start = steps.lowerBound
    var rows = 0
    for step in steps {
      let active = shard.activeRows(at: step).count
      if active == 0 { break }
      rows += active
      if rows >= Self.chunkRows {
        chunks.append(start..<step + 1)
        (start, rows) = (step + 1, 0)
      } else if step == steps.upperBound - 1 || shard.activeRows(at: step + 1).isEmpty {
        chunks.append(start..<step + 1)
      }
    }
    return chunks
  }

  /// `gates += source · Uᵀ`, if the stage is recurrent, panel by panel, each followed by the cell.
  private func forwardStep(_ step: Int, _ active: Range<Int>, _ lane: Lane<S>) {
    let first = active.lowerBound
    let token = layout.offsets[step] + first
    // By index: in a loop over pairs every turn allocates where this is not specialised.
    for index in layer.stages.indices {
      let stage = layer.stages[index]
      let weights = recurrentWeights[index]?.forward
      var operand: LeftOperand<S>?
      if let weights {
        let tokens = token..<token + active.count
        var source = kept?.rows(tokens)
        if index == 0 {
          let previous = previousRow(first, at: step)
          source = h.rows(previous..<previous + active.count)
        }
        guard let unmasked = source else {
          preconditionFailure("a second stage needs a kept value")
        }
        let read = masked?.mask(unmasked, stage: index, rows: active, tokens) ?? unmasked
        operand = LeftOperand(
          read.base, stride: read.stride, rows: active.count, depth: read.columns,
          precision: weights.precision, scratch: lane.scratch)
      }
      let target: Matrix<S>
      if let separate = recurrent[index], let bias = stage.recurrentBias {
        target = separate.rows(active)
        bias.write(to: separate, active)
      } else {
        target = gates[index].rows(token..<token + active.count)
      }
      let layout = stage.layout
      for panel in 0..<layout.panelCount {
        if let weights, let operand {
          weights.multiply(
            panel: panel, rows: active.count, operand, into: target.base, stride: target.stride,
            adding: true, part: stage.depths?.forward[panel])
        }
        let groups = self.groups(ofPanel: panel, layout)
        layer.cell.forward(
          stage: index,
          cellStep(step, active: active, stage: index, groups: groups, isBackward: false))
      }
    }
    if candidate != nil { settle(step, active, lane) }
  }

  /// The groups of 16 units that `panel` completes.
  func groups(ofPanel panel: Int, _ layout: PanelLayout) -> Range<Int> {
    let start = panel * layout.groupsPerPanel
    return start..<min(start + layout.groupsPerPanel, layout.groupCount)
  }

  func copyInitialStates(_ rows: Range<Int>) {
    for (states, initial) in [(h, initialH), (c, initialC)] {
      guard let states else { continue }
      let target = states.rows(rows)
      if let initial { target.copy(from: initial.value.rows(rows)) } else { target.fill(0) }
    }
  }

  func copyFinalStates(_ rows: Range<Int>) {
    for (states, final) in [(h, finalH), (c, finalC)] {
      guard let states, let final else { continue }
      for row in rows {
        let last = layout.rowCount + layout.lastToken(ofRow: row)
        final.value.row(row).update(from: states.row(last), count: states.paddedColumns)
      }
    }
  }
}
