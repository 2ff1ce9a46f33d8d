import Compute
import Parallel

/// One step of the computation of a minibatch. Forward and backward stand side by side in its file.
///
/// `forward` and `backward` run inside a parallel region, once on every worker, each on the rows of
/// its own shard, synchronising only by barriers that every worker passes: where rows of two plans
/// meet, as in `Gather` and `Attention`, where tokens change their owner (`isTokenwise`), between the
/// pieces of a scan. Workers that share rows of a recurrence meet in their group. Operations only
/// hold what they work on; the function of `Tape` that records one also notes what it will owe to
/// parameters (`Tape.owe`).
public protocol TapeOperation<S>: Sendable {
  associatedtype S: MatrixElement
  /// Whether it is a loss, output layer included: clocks tell losses from layers.
  var isLoss: Bool { get }
  /// Whether it goes over tokens one by one, in both directions: then `Variable.ranges(of:)` may deal it tokens of
  /// other workers' rows, which shares the work of few rows evenly.
  var isTokenwise: Bool { get }
  func forward(_ lane: Lane<S>)
  func backward(_ lane: Lane<S>)
}

extension TapeOperation {
  public var isLoss: Bool { false }
  public var isTokenwise: Bool { false }
}

/// What a worker carries through a region: who it is, and scratch memory of its own.
///
/// `@unchecked Sendable`: a lane is used by its worker only.
public final class Lane<S: MatrixElement>: @unchecked Sendable {
  public let worker: Worker
  package let scratch: ProductScratch
  /// Of the operation that runs: `TapeOperation.isTokenwise`.
  fileprivate(set) var isTokenwise = false

  init(worker: Worker, scratch: ProductScratch) {
    self.worker = worker
    self.scratch = scratch
  }
}

/// The operations of one minibatch, in order, and the memory of their values.
///
/// Recorded anew for each minibatch, outside parallel regions; a recording costs a few objects an
/// operation, and no buffer but those that `keep` makes. Then every worker runs `forward` and
/// `backward`.
///
/// `@unchecked Sendable`: recording happens outside regions; inside, workers read the tape and
/// write the rows of their own shards.
public final class Tape<S: MatrixElement>: @unchecked Sendable {
  package let arena = Arena<S>()
  package let ledger = GradientLedger<S>()
  /// Workers of the team that will run it.
  package let workers: Int
  let scratches: [ProductScratch]
  private var operations: [any TapeOperation<S>] = []
  private(set) var losses: [Loss<S>] = []
  /// Whether some operations have other tokens than those of their worker's rows.
  private var dealsTokens = false
  /// All that have a gradient.
  private var variables: [Variable<S>] = []
  private var preparations: [any Preparation] = []
  /// What the recorded operations point at.
  private var kept: [AnyObject] = []

  /// Whether gradients are formed.
  public private(set) var isTraining = false
  /// Whether what only training has takes part: dropout and other noise, penalties.
  public private(set) var hasNoise = false
  /// Keys the random numbers of this minibatch.
  public private(set) var update = 0
  public let seed: UInt64
  /// Which part of the minibatch is recorded: see `total(of:)`.
  private(set) var leaf = 0
  /// Leaves that are recorded together.
  var division: LeafDivision?
  /// What `total(of:)` answers; nil: what it was asked.
  private(set) var totals: [Int]?
  /// What `total(of:)` was asked since the recording began.
  package internal(set) var counts: [Int] = []

  package init(workers: Int, seed: UInt64 = 0, precision: Precision = .f32) {
    self.workers = workers
    self.seed = seed
    scratches = (0..<workers).map { _ in ProductScratch() }
    ledger.precision = precision
  }

  package var precision: Precision { ledger.precision }

  /// Forgets the last minibatch and takes its memory back.
  ///
  /// - Parameters:
  ///   - noise: false for gradients of the model as it is evaluated.
  ///   - leaf: which part of the minibatch will be recorded, of those that are run one after the other.
  ///   - totals: what `total(of:)` will answer.
  package func begin(
    training: Bool, noise: Bool = true, update: Int = 0, leaf: Int = 0, totals: [Int]? = nil
  ) {
    operations.removeAll(keepingCapacity: true)
    losses.removeAll(keepingCapacity: true)
    dealsTokens = false
    variables.removeAll(keepingCapacity: true)
    preparations.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    ledger.removeAll()
    division = nil
    arena.reset()
    counts.removeAll(keepingCapacity: true)
    (self.leaf, self.totals) = (leaf, totals)
    isTraining = training
    hasNoise = training && noise
    self.update = update
  }

  /// A tape with a minibatch on it whose bytes are to be counted: its parameters may be declared only,
  /// and nothing is computed or touched but what `recording` writes.
  package static func counting(
    workers: Int, precision: Precision = .f32, training: Bool = true,
    _ recording: (Tape) throws -> Void
  ) rethrows -> Tape {
    let tape = Tape(workers: workers, precision: precision)
    tape.begin(training: training)
    try recording(tape)
    return tape
  }

  /// Bytes of all that the minibatch takes beside its parameters: values, gradients, and what
  /// operations keep.
  package var activationBytes: Int { arena.bytesInUse }

  /// Bytes of the memory that all workers pack the operands of owed products in.
  package func scratchBytes(for store: ParameterStore<S>) -> Int {
    let bytes =
      division.map { division in
        store.parameters.filter { !$0.role.isSparse }.reduce(0) {
          max(
            $0,
            OuterProduct<S>.scratchBytes(ofLeaves: division.leaves.count, columns: $1.columns))
        }
      } ?? ledger.scratchBytes(for: store.parameters)
    return workers * AlignedBuffer<UInt8>.byteCount(of: bytes)
  }

  /// Bytes that the gradients of all parameters take at most: of a vast table those of rows that are looked up
  /// before their memory is given back.
  package func gradientBytes(for store: ParameterStore<S>) -> Int {
    store.parameters.filter(\.hasFleetingGradient).reduce(store.valueBytes) { bytes, table in
      let page = max(1 << 12, table.columns * MemoryLayout<S>.stride)
      let (touched, overflow) = (Self.keptUpdates * ledger.placeCount(owedTo: table))
        .multipliedReportingOverflow(by: page)
      return bytes - max(0, table.byteCount - (overflow ? .max : touched))
    }
  }

  /// Updates that gradients of vast tables are kept for: what is looked up again and again is then not new
  /// memory each time.
  private static var keptUpdates: Int { 4 }

  public func plan(_ layout: SequenceLayout) -> RowPlan { RowPlan(layout, workers: workers) }

  /// A variable whose value an operation, or the caller, will write.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func variable(
    columns: Int, plan: RowPlan, extent: Variable<S>.Extent = .tokens, needsGradient: Bool = true
  ) -> Variable<S> {
    let rows = extent == .tokens ? plan.layout.tokenCount : plan.layout.rowCount
    return variable(
      value: arena.matrix(rows: rows, columns: columns), plan: plan, extent: extent,
      needsGradient: needsGradient)
  }

  /// A variable over memory that exists already.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func variable(
    value: Matrix<S>, plan: RowPlan, extent: Variable<S>.Extent = .tokens,
    needsGradient: Bool = true
  ) -> Variable<S> {
    let gradient =
      isTraining && needsGradient ? arena.matrix(rows: value.rows, columns: value.columns) : nil
    return variable(value: value, gradient: gradient, plan: plan, extent: extent)
  }

  /// A variable over memory that exists already, for its gradient too.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func variable(
    value: Matrix<S>, gradient: Matrix<S>?, plan: RowPlan, extent: Variable<S>.Extent
  ) -> Variable<S> {
    let variable = Variable(value: value, gradient: gradient, plan: plan, extent: extent)
    if gradient != nil { variables.append(variable) }
    if plan.dealsTokens { dealsTokens = true }
    return variable
  }

  public func record(_ operation: some TapeOperation<S>) { operations.append(operation) }

  package func owe(_ debt: Debt<S>, to parameter: Parameter<S>) {
    owe(debt, to: parameter, rows: nil)
  }

  /// Has all workers make something before the first operation runs.
  func prepare(_ preparation: some Preparation) { preparations.append(preparation) }

  /// Keeps a copy of `values`, and what goes with them, until the next minibatch begins: whoever
  /// records may let go of their own.
  package func keep<Value: BitwiseCopyable>(
    _ values: [Value], with owner: AnyObject? = nil
  ) -> UnsafeBufferPointer<Value> {
    let buffer = AlignedBuffer<Value>(count: max(1, values.count))
    for (index, value) in values.enumerated() { buffer.base[index] = value }
    kept.append(buffer)
    if let owner { kept.append(owner) }
    return UnsafeBufferPointer(start: buffer.base, count: values.count)
  }

  public func add(_ loss: Loss<S>) {
    losses.append(loss)
    if division != nil, !loss.isDivided { division?.isComplete = false }
  }

  /// Runs all operations on this worker's rows.
  ///
  /// - Parameter finished: called after each operation with whether it was a loss.
  package func forward(_ worker: Worker, finished: (_ isLoss: Bool) -> Void = { _ in }) {
    let lane = Lane<S>(worker: worker, scratch: scratches[worker.index])
    if !preparations.isEmpty {
      for item in preparations { item.prepare(parts: worker.share(of: item.partCount)) }
      worker.barrier()
    }
    go(over: operations, lane) { operation in
      operation.forward(lane)
      finished(operation.isLoss)
    }
  }

  /// All wait for each other where tokens change their owner, and at the end have those of their rows again.
  private func go(
    over operations: some Sequence<any TapeOperation<S>>, _ lane: Lane<S>,
    _ body: (any TapeOperation<S>) -> Void
  ) {
    for operation in operations {
      if dealsTokens, operation.isTokenwise != lane.isTokenwise { lane.worker.barrier() }
      lane.isTokenwise = operation.isTokenwise
      body(operation)
    }
    if dealsTokens, lane.isTokenwise { lane.worker.barrier() }
  }

  /// Runs all operations backward on this worker's rows. The gradients of what no operation reads
  /// are zero.
  ///
  /// - Parameter finished: called after each operation with whether it was a loss.
  package func backward(_ worker: Worker, finished: (_ isLoss: Bool) -> Void = { _ in }) {
    let lane = Lane<S>(worker: worker, scratch: scratches[worker.index])
    for variable in variables where variable.consumerCount == 0 {
      for range in variable.ranges(of: worker) { variable.gradient?.rows(range).fill(0) }
    }
    go(over: operations.reversed(), lane) { operation in
      operation.backward(lane)
      finished(operation.isLoss)
    }
  }

  /// Forms the gradients of the slices this worker owns. After a barrier that follows `backward`.
  package func payDebts(_ slices: [ParameterSlice<S>], _ worker: Worker) {
    prepareDebts(slices, worker)
    payPreparedDebts(slices, worker)
  }

  /// Likewise, of some of those that `prepareDebts` was called with.
  package func payPreparedDebts(_ slices: [ParameterSlice<S>], _ worker: Worker) {
    for slice in slices {
      if update % Self.keptUpdates == 0 { slice.parameter.discardGradient(groups: slice.groups) }
      ledger.pay(slice, into: slice.parameter.gradient, scratch: scratches[worker.index])
    }
  }

  /// Forms what debts share. After a barrier that follows `backward`.
  package func prepareDebts(_ slices: [ParameterSlice<S>], _ worker: Worker) {
    guard ledger.needsPreparation else { return }
    ledger.prepare(slices, worker, scratch: scratches[worker.index])
    worker.barrier()
  }

  /// The sum of all losses, formed in token order in double precision. After the region.
  package var loss: Double { losses.reduce(0) { $0 + $1.value } }
}

/// A scalar: `scale · Σ terms`, one term for each token or sequence.
public struct Loss<S: MatrixElement>: Sendable {
  /// `[rows, 1]`, written by the operation.
  public let terms: Matrix<S>
  public let scale: Double
  /// `[rows, outputs]` of an output layer that is part of the loss: logits or predictions. In
  /// training their gradients take their place.
  public let outputs: Matrix<S>?
  /// Whose tokens or sequences have the terms; nil: nobody has said.
  public let plan: RowPlan?

  public init(
    terms: Matrix<S>, scale: Double, outputs: Matrix<S>? = nil, plan: RowPlan? = nil
  ) {
    self.terms = terms
    self.scale = scale
    self.outputs = outputs
    self.plan = plan
  }

  public var sum: Double { Self.sum(of: terms) }
  public var value: Double { scale * sum }

  /// Rows of the plan with a term that is no finite number; none without a plan.
  package var rowsNotFinite: Set<Int> {
    guard let layout = plan?.layout else { return [] }
    let hasTokens = terms.rows == layout.tokenCount
    var rows: Set<Int> = []
    for row in 0..<layout.rowCount {
      for step in 0..<(hasTokens ? layout.lengths[row] : 1)
      where !terms[hasTokens ? layout.offsets[step] + row : row, 0].isFinite { rows.insert(row) }
    }
    return rows
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func sum(of terms: Matrix<S>) -> Double {
    var sum = 0.0
    for row in 0..<terms.rows { sum += Double(terms[row, 0]) }
    return sum
  }
}
