import Compute
import Parallel

/// What every sequence finds: the same contents, heads at the same learnt places, and the same
/// learnt reads, as if a step had been before the first.
///
/// - contents `[M, N]` all one constant; weights `softmax(u)` for each head, u `[heads · N]`; reads
///   `tanh(r)`, r `[read heads · M]`
/// - owes `du = Σ_rows dsoftmax`, `dr = Σ_rows dtanh`
///
/// Source: Collier & Beel, "Implementing Neural Turing Machines" (2018), section 4: of the ways to
/// begin, a small constant learns fastest and most reliably.
struct MemoryStart<S: MatrixElement>: TapeOperation {
  let memory: ExternalMemory<S>
  let reads: Variable<S>
  let initialWeights: Parameter<S>
  let initialReads: Parameter<S>
  let constant: S

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let (shape, slots) = (memory.shape, memory.shape.slotCount)
    for row in memory.plan.shard(of: lane.worker).rows {
      memory.contents.row(row).update(repeating: constant, count: shape.width * slots)
      for head in 0..<shape.headCount {
        Rows.softmax(
          initialWeights.value + head * slots, into: memory.weights.row(row) + head * slots,
          count: slots)
      }
      let read = reads.value.row(row)
      Activations.tanh(initialReads.value, into: read, count: reads.columns)
      for column in reads.columns..<reads.value.paddedColumns { read[column] = 0 }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dWeights = memory.dWeights, let dReads = reads.gradient else { return }
    let slots = memory.shape.slotCount
    for row in memory.plan.shard(of: lane.worker).rows {
      for head in 0..<memory.shape.headCount {
        Rows.softmaxBackward(
          memory.weights.row(row) + head * slots, dWeights.row(row) + head * slots, count: slots)
      }
      let (read, dRead) = (reads.value.row(row), dReads.row(row))
      for column in 0..<reads.columns { dRead[column] *= 1 - read[column] * read[column] }
    }
  }
}

extension Tape {
  /// Records the memory of a minibatch as it is before the first step.
  ///
  /// - Parameters:
  ///   - initialWeights: `[heads · N]`, logits.
  ///   - initialReads: `[read heads · M]`, before their tanh.
  ///   - constant: every number in the memory.
  /// - Returns: the memory, which `memoryStep` takes on step by step, and the reads over
  ///   `plan.step(0)`.
  package func memory(
    _ shape: MemoryShape, plan: RowPlan, initialWeights: Parameter<S>, initialReads: Parameter<S>,
    constant: Double = MemoryShape.firstContents
  ) -> (memory: ExternalMemory<S>, reads: Variable<S>) {
    precondition(
      initialWeights.count == shape.headCount * shape.slotCount
        && initialReads.count == shape.readColumns,
      "\(initialWeights.count) weights and \(initialReads.count) reads for \(shape)")
    let memory = ExternalMemory(shape, plan: plan, on: self)
    let reads = variable(columns: shape.readColumns, plan: plan.step(0))
    if let dWeights = memory.dWeights, let dReads = reads.gradient {
      owe(.sum(dy: RowSource(dWeights)), to: initialWeights)
      owe(.sum(dy: RowSource(dReads)), to: initialReads)
    }
    record(
      MemoryStart(
        memory: memory, reads: reads, initialWeights: initialWeights, initialReads: initialReads,
        constant: S(constant)))
    return (memory, reads)
  }
}
