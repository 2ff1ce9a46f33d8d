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
    let share = share(of: lane.worker)
    guard !share.shard.rows.isEmpty else { return }
    copyInitialStates(share.own.rows)
    masked?.draw(share.own.rows)
    // What a group reads, its members have written.
    share.meet()
    for steps in chunks(share.shard) {
      beginGates(steps, share, lane)
      for step in steps { forwardStep(step, share, lane) }
    }
    copyFinalStates(share.own.rows)
  }

  /// `gates = x · Wᵀ + b`, for the stages that read the input, else b.
  func beginGates(_ steps: Range<Int>, _ share: RecurrenceShare, _ lane: Lane<S>) {
    let ranges = steps.map(share.shard.tokens(at:))
    for index in layer.stages.indices {
      let stage = layer.stages[index]
      let columns = share.columns(of: stage.layout)
      guard let weights = stage.input?.forward else {
        stage.bias.map { write($0, to: gates[index], ranges, columns) }
        continue
      }
      switch input {
      case .variable(let x):
        stage.bias.map { write($0, to: gates[index], ranges, columns) }
        weights.multiply(
          x.value, ranges, into: gates[index], panels: share.panels(of: stage.layout), adding: true,
          scratch: lane.scratch)
      case .tokens(let ids, _, let table):
        for range in ranges {
          table.lookUp(ids, range, columns: columns, stage: index, into: gates[index])
        }
      }
    }
  }

  private func write(
    _ bias: PackedVector<S>, to gates: Matrix<S>, _ ranges: [Range<Int>], _ columns: Range<Int>
  ) {
    for range in ranges { bias.write(to: gates, range, columns: columns) }
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
  private func forwardStep(_ step: Int, _ share: RecurrenceShare, _ lane: Lane<S>) {
    let active = share.shard.activeRows(at: step)
    let tokens = share.shard.tokens(at: step)
    // By index: in a loop over pairs every turn allocates where this is not specialised.
    for index in layer.stages.indices {
      let stage = layer.stages[index]
      let weights = recurrentWeights[index]?.forward
      var operand: LeftOperand<S>?
      if let weights {
        let read = source(of: index, step, share)
        operand = LeftOperand(
          read.base, stride: read.stride, rows: active.count, depth: read.columns,
          precision: weights.precision, scratch: lane.scratch)
      }
      let target: Matrix<S>
      if let separate = recurrent[index], let bias = stage.recurrentBias {
        target = separate.rows(active)
        bias.write(to: separate, active, columns: share.columns(of: stage.layout))
      } else {
        target = gates[index].rows(tokens)
      }
      let layout = stage.layout
      for panel in share.panels(of: layout) {
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
      // The next product reads all units of what this one has made.
      share.meet()
    }
    if candidate != nil { settle(step, share, lane) }
  }

  /// What stage `index` multiplies with its weights, for the rows of the group: h(t-1), or what the stage
  /// before has kept.
  private func source(of index: Int, _ step: Int, _ share: RecurrenceShare) -> Matrix<S> {
    func rows(_ active: Range<Int>, _ tokens: Range<Int>) -> Matrix<S> {
      if index == 0 {
        let previous = previousRow(active.lowerBound, at: step)
        return h.rows(previous..<previous + active.count)
      }
      guard let kept else { preconditionFailure("a second stage needs a kept value") }
      return kept.rows(tokens)
    }
    guard let masked else {
      return rows(share.shard.activeRows(at: step), share.shard.tokens(at: step))
    }
    let (active, tokens) = (share.own.activeRows(at: step), share.own.tokens(at: step))
    masked.mask(rows(active, tokens), stage: index, rows: active, tokens)
    share.meet()
    return masked.sources[index].rows(share.shard.tokens(at: step))
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
