import Compute
import Parallel

/// One step of all heads on the memory: address, read, write.
///
/// - controls `[rows, parameterColumns]`, reads `[rows, read heads · M]`
/// - every head finds its slots in what the step before left, by content and then by location
///   (`ContentAddressing`, `LocationAddressing`); reading heads read it (`MemoryRead`); writing heads
///   change it for the next step (`MemoryWrite`)
/// - backward runs through the same parts in the opposite order; the gradients by contents and
///   weights come from the step after and go to the step before
///
/// Cost: about `N M (5 read heads + 6 write heads + 2)` multiplications a token forward, twice that
/// backward, and `2 N` exponentials and N logarithms a head.
struct MemoryStep<S: MatrixElement>: TapeOperation {
  let memory: ExternalMemory<S>
  let step: Int
  let controls: Consumer<S>
  let reads: Variable<S>

  private var shape: MemoryShape { memory.shape }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let scratch = memory.scratch.row(lane.worker.index)
    for row in reads.ranges(of: lane).joined() { forward(row, scratch) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dControls = controls.gradient, let dContents = memory.dContents,
      let dWeights = memory.dWeights
    else { return }
    precondition(!controls.isAdding, "nothing but a step reads what steers it")
    let scratch = memory.scratch.row(lane.worker.index)
    for row in reads.ranges(of: lane).joined() {
      if memory.plan.layout.lengths[row] == step + 1 {
        // Nobody reads what the last step leaves.
        dContents.row(row).clear(count: dContents.columns)
        dWeights.row(row).clear(count: dWeights.paddedColumns)
      }
      backward(
        row, dControls: dControls.row(row), dMemory: dContents.row(row),
        dWeights: dWeights.row(row), scratch)
      let columns = dControls.columns
      (dControls.row(row) + columns).update(
        repeating: 0, count: dControls.paddedColumns - columns)
    }
  }

  private func forward(_ row: Int, _ scratch: UnsafeMutablePointer<S>) {
    let (slots, token) = (shape.slotCount, memory.plan.layout.offsets[step] + row)
    let (before, after) = (memory.previous(row, at: step), memory.current(row, at: step))
    let contents = memory.contents.row(before)
    let (norms, parameters) = (memory.norms.row(token), memory.parameters.row(token))
    HeadParameters<S>(shape: shape).forward(controls.value.row(row), into: parameters)
    let content = ContentAddressing<S>(shape: shape)
    content.norms(of: contents, into: norms)
    for index in 0..<shape.headCount {
      let (head, weight) = (shape.head(index), memory.weights.row(after) + index * slots)
      let trace = HeadTrace(memory.traces.row(token), head: index, slots: slots)
      content.forward(
        key: parameters + head.key, strength: parameters[head.strength], memory: contents,
        norms: norms, similarity: trace.similarity, weight: trace.content)
      LocationAddressing<S>(shape: shape).forward(
        content: trace.content, previous: memory.weights.row(before) + index * slots,
        gate: parameters[head.gate], shifts: parameters + head.shifts,
        sharpening: parameters[head.sharpening], interpolated: scratch, shifted: trace.shifted,
        logarithm: trace.logarithm, weight: weight)
      if index < shape.readHeadCount {
        MemoryRead<S>(shape: shape).forward(
          weight, contents, into: reads.value.row(row) + index * shape.width)
      }
    }
    let padding = reads.value.paddedColumns - reads.columns
    (reads.value.row(row) + reads.columns).clear(count: padding)
    MemoryWrite<S>(shape: shape).forward(
      weights: memory.weights.row(after), parameters: parameters, memory: contents,
      into: memory.contents.row(after))
  }

  /// `dMemory` and `dWeights`: in by what this step leaves, out by what it found.
  private func backward(
    _ row: Int, dControls: UnsafeMutablePointer<S>, dMemory: UnsafeMutablePointer<S>,
    dWeights: UnsafeMutablePointer<S>, _ scratch: UnsafeMutablePointer<S>
  ) {
    let (slots, token) = (shape.slotCount, memory.plan.layout.offsets[step] + row)
    let (before, after) = (memory.previous(row, at: step), memory.current(row, at: step))
    let contents = memory.contents.row(before)
    let (norms, parameters) = (memory.norms.row(token), memory.parameters.row(token))
    let (interpolated, dInterpolated) = (scratch, scratch + slots)
    let (dContent, decay) = (scratch + 2 * slots, scratch + 3 * slots)
    MemoryWrite<S>(shape: shape).backward(
      weights: memory.weights.row(after), parameters: parameters, memory: contents,
      dMemory: dMemory, dWeights: dWeights, dParameters: dControls, scratch: interpolated)
    let content = ContentAddressing<S>(shape: shape)
    decay.clear(count: slots)
    for index in 0..<shape.headCount {
      let (head, weight) = (shape.head(index), memory.weights.row(after) + index * slots)
      let dWeight = dWeights + index * slots
      let trace = HeadTrace(memory.traces.row(token), head: index, slots: slots)
      if index < shape.readHeadCount, let dReads = reads.gradient {
        MemoryRead<S>(shape: shape).backward(
          dReads.row(row) + index * shape.width, weight, contents, dWeight: dWeight,
          dMemory: dMemory)
      }
      LocationAddressing<S>(shape: shape).backward(
        content: trace.content, previous: memory.weights.row(before) + index * slots,
        gate: parameters[head.gate], shifts: parameters + head.shifts,
        sharpening: parameters[head.sharpening], interpolated: interpolated,
        shifted: trace.shifted, logarithm: trace.logarithm, weight: weight, dWeight: dWeight,
        dInterpolated: dInterpolated, dContent: dContent, dGate: dControls + head.gate,
        dShifts: dControls + head.shifts, dSharpening: dControls + head.sharpening)
      content.backward(
        key: parameters + head.key, strength: parameters[head.strength], memory: contents,
        norms: norms, similarity: trace.similarity, weight: trace.content, dWeight: dContent,
        dKey: dControls + head.key, dStrength: dControls + head.strength, decay: decay,
        dMemory: dMemory)
    }
    content.apply(decay: decay, memory: contents, dMemory: dMemory)
    HeadParameters<S>(shape: shape).backward(parameters, dControls)
  }
}

/// What the backward pass needs of one head at one token, each `[N]`.
private struct HeadTrace<S: MatrixElement> {
  let similarity: UnsafeMutablePointer<S>
  let content: UnsafeMutablePointer<S>
  let shifted: UnsafeMutablePointer<S>
  let logarithm: UnsafeMutablePointer<S>

  init(_ row: UnsafeMutablePointer<S>, head: Int, slots: Int) {
    similarity = row + 4 * head * slots
    content = similarity + slots
    shifted = content + slots
    logarithm = shifted + slots
  }
}

extension Tape {
  /// Records step `step` of all heads on `memory`, to be called once for each step in order.
  ///
  /// - Parameter controls: `[active rows, parameterColumns]` over `memory.plan.step(step)`, what
  ///   steers the heads before it is brought into range; read by nothing else.
  /// - Returns: what the heads read, `[active rows, read heads · M]`.
  package func memoryStep(
    _ controls: Variable<S>, on memory: ExternalMemory<S>, step: Int
  ) -> Variable<S> {
    let shape = memory.shape
    precondition(
      controls.columns == shape.parameterColumns
        && controls.plan === memory.plan.step(step),
      "\(controls.columns) columns to steer the heads at step \(step)")
    let reads = variable(columns: shape.readColumns, plan: controls.plan)
    record(
      MemoryStep(memory: memory, step: step, controls: controls.consumed(), reads: reads))
    return reads
  }
}
