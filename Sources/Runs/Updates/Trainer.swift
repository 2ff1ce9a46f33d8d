import Autodiff
import Compute
import Dispatch
import Parallel

/// Bounds on gradients before a step; 0 is none.
package struct Clipping: Sendable, Equatable {
  /// Scales all gradients so that their common norm is at most this. Pascanu et al. 2013.
  package var norm: Double
  /// Clamps each element to ± this, before the norm is taken.
  package var value: Double

  package init(norm: Double = 0, value: Double = 0) {
    self.norm = norm
    self.value = value
  }
}

/// What one update did.
public struct UpdateResult: Sendable {
  public let loss: Double
  /// Norm of the gradients of all weights that are learnt, before clipping by norm, formed in double precision.
  public let gradientNorm: Double
  /// False if the loss or the gradient was no finite number, or the loss above what was allowed: then
  /// weights, moments and the count of the optimizer's steps are as they were.
  public let isTaken: Bool
}

/// Trains a model, update after update: forward, backward, products owed, norm, clip, step, packing;
/// each update in one parallel region.
///
///     rows      │ forward · backward            each worker on its own rows
///     ──────────┼─ barrier
///     slices    │ gradients owed · Σ g²         each worker on its own slices, over all rows
///     ──────────┼─ barrier
///     slices    │ clip · step · pack
///     ──────────┼─ barrier
///     shares    │ biases in gate order; ─ barrier ─ projected tables
///
/// With several leaves the upper half is gone through for each of them (`Trainer+Leaves`).
/// With several processes each does the last two for its slice of all weights (`Trainer+Ranks`).
///
/// Every number is formed by one worker in one order, so the weights are the same bits at any
/// number of workers. Knows nothing of files, clocks and terminals; `TrainingRun` drives it.
///
/// `@unchecked Sendable`: `squares`, `lossOfUpdate` and `clock` are written in disjoint places inside a region
/// and read after a barrier; all else changes between regions only.
public final class Trainer<Model: TrainableModel>: @unchecked Sendable {
  public typealias S = Model.Element

  public let model: Model
  package let team: WorkerTeam
  package let optimizer: Optimizer<S>
  package let clipping: Clipping
  /// Places in the store of the parameters that keep their weights: their gradients are formed, but no
  /// part of the norm, and never stepped along.
  package let frozen: Set<Int>
  /// Updates done, those included after which the weights stayed as they were.
  public private(set) var updateCount = 0
  /// Of `step(_:)`; a program may change it from step to step.
  public var learningRate: Double
  let hasNoise: Bool
  package let leaves: Leaves
  /// The other processes that train the model, if there are any.
  let link: (any RankLink)?
  let tape: Tape<S>
  /// Whether leaves are recorded together, where the model can.
  package internal(set) var recordsTogether: Bool
  /// Of the leaves, if there are several; else the ledger of the tape has the whole gradient.
  let sums: LeafSums<S>?
  /// Where there are other processes.
  let ranks: RankStep<S>?
  /// Whether all processes know the whole gradient after an update, though they have no use for it themselves.
  /// The same in all of them.
  package var gathersGradients = false
  private(set) lazy var reader = ForwardPass<S>(team, precision: model.precision)
  let slices: ParameterSlices<S>
  /// Of each worker.
  private let scattered: [ScatteredWeights<S>]
  /// Σ g² of every group of every parameter, in store order.
  let squares: AlignedBuffer<Double>
  /// The loss of the running update, for all workers to judge by.
  let lossOfUpdate = AlignedBuffer<Double>(count: 1)
  let clock: PhaseClock

  /// - Parameters:
  ///   - hasNoise: whether dropout and the like take part.
  ///   - recordsTogether: false: leaves are recorded and run one after the other, for the same numbers.
  ///   - seed: keys them.
  package init(
    _ model: Model, team: WorkerTeam, optimizer: OptimizerConfiguration,
    clipping: Clipping = Clipping(), frozen: Set<Int> = [], hasNoise: Bool = true,
    leaves: Leaves = .one, recordsTogether: Bool = true, link: (any RankLink)? = nil,
    seed: UInt64 = 0
  ) {
    self.hasNoise = hasNoise
    self.recordsTogether = recordsTogether
    self.leaves = leaves
    self.link = link
    ranks = link.map {
      RankStep(
        RankExchange($0, model.parameters, leaves.sums), frozen: frozen, workers: team.count)
    }
    slices = ParameterSlices(
      model.parameters, workers: team.count, parts: ranks?.exchange.slices.parts(model.parameters))
    sums =
      leaves.count > 1
      ? LeafSums(model.parameters, leaves, workers: team.count, parts: slices.parts.count) : nil
    self.frozen = frozen
    self.model = model
    self.team = team
    self.optimizer = Optimizer(optimizer, model.parameters)
    self.clipping = clipping
    learningRate = optimizer.learningRate
    tape = Tape(workers: team.count, seed: seed, precision: model.precision)
    squares = AlignedBuffer(count: slices.groupCount)
    scattered = (0..<team.count).map { _ in
      ScatteredWeights(momentCount: optimizer.momentNames.count)
    }
    clock = PhaseClock(workers: team.count)
    if hasDistantMemory { model.parameters.interleave(over: MemoryNodes.current.numbers) }
  }

  /// Whether workers of one machine may have memories of their own.
  private var hasDistantMemory: Bool { team.count > 1 && MemoryNodes.current.areSeveral }

  /// Continues at update `updateCount`; the caller has restored weights and moments.
  package func resume(updateCount: Int, optimizerSteps: Int) {
    self.updateCount = updateCount
    optimizer.resume(stepCount: optimizerSteps)
    // Who read them from a file has touched them first.
    if hasDistantMemory {
      for moments in optimizer.moments { moments.interleave(over: MemoryNodes.current.numbers) }
    }
    ranks?.forgetOthers(of: optimizer)
  }

  /// One update.
  ///
  /// - Parameters:
  ///   - limit: the largest loss that is learnt from.
  ///   - read: is given what was recorded, once for each leaf that has examples, or for several together, when
  ///     its values are there to be read; they stay until it returns.
  ///   - notes: what else the other ranks are told, once all leaves of this one are read.
  ///   - hear: is given the notes of all ranks; not called where there is but one.
  @discardableResult
  package func step(
    _ batch: Model.Batch, learningRate: Double, lossUpTo limit: Double = .infinity,
    read: (RecordedLeaves, Model.Recorded) -> Void = { _, _ in }, notes: () -> [UInt64] = { [] },
    hear: ([[UInt64]]) -> Void = { _ in }
  ) -> UpdateResult {
    defer { updateCount += 1 }
    if let sums {
      return step(
        batch, sums, learningRate: learningRate, lossUpTo: limit, read: read, notes: notes,
        hear: hear)
    }
    let start = DispatchTime.now().uptimeNanoseconds
    tape.begin(training: true, noise: hasNoise, update: updateCount)
    let recorded = model.record(batch, on: tape)
    clock.add(DispatchTime.now().uptimeNanoseconds - start, to: .reading)
    let result = update(learningRate: learningRate, lossUpTo: limit)
    read(RecordedLeaves(0), recorded)
    return result
  }

  /// Forms the gradients of `batch` and leaves the weights alone: for checks and measurements.
  ///
  /// - Parameter update: whose random numbers are drawn; nil: those of the next one.
  package func formGradients(_ batch: Model.Batch, update: Int? = nil) -> (
    result: UpdateResult, recorded: Model.Recorded
  ) {
    tape.begin(training: true, noise: hasNoise, update: update ?? updateCount)
    let recorded = model.record(batch, on: tape)
    let tape = tape
    team.run { [self] worker in
      tape.forward(worker)
      tape.backward(worker)
      worker.barrier()
      tape.payDebts(slices[worker.index], worker)
      square(slices[worker.index], worker) { tape.ledger.forEachRun(of: $0, $1) }
    }
    let result = UpdateResult(loss: tape.loss, gradientNorm: gradientNorm, isTaken: false)
    return (result, recorded)
  }

  /// Seconds per phase since the trainer was made, averaged over workers.
  package var phaseSeconds: [(phase: PhaseClock.Phase, seconds: Double)] { clock.seconds }

  /// Runs what the tape holds and steps the weights, if that can be learnt from.
  private func update(learningRate: Double, lossUpTo limit: Double) -> UpdateResult {
    optimizer.beginStep(learningRate: learningRate)
    let tape = tape
    team.run { [self] worker in
      clock.start(worker)
      tape.forward(worker) { clock.stop($0 ? .loss : .forward, worker) }
      tape.backward(worker) { clock.stop($0 ? .loss : .backward, worker) }
      worker.barrier()
      clock.stop(.wait, worker)
      if worker.index == 0 { lossOfUpdate.base[0] = tape.loss }
      tape.payDebts(slices[worker.index], worker)
      take(worker, lossUpTo: limit) { tape.ledger.forEachRun(of: $0, $1) }
    }
    return result(lossUpTo: limit)
  }

  /// Where a slice has a gradient, range by range.
  typealias RunReader = (ParameterSlice<S>, (Range<Int>) -> Void) -> Void

  /// From the gradients in the store to new weights. In a region.
  func take(_ worker: Worker, lossUpTo limit: Double, forEachRun: RunReader) {
    square(slices[worker.index], worker, forEachRun: forEachRun)
    clock.stop(.products, worker)
    worker.barrier()
    clock.stop(.wait, worker)
    let norm = gradientNorm
    if canBeLearnt(norm, lossUpTo: limit) {
      step(
        slices[worker.index], factor: S(clipFactor(norm)), worker, forEachRun: forEachRun)
    }
    clock.stop(.update, worker)
    model.parameters.derive(worker)
    clock.stop(.update, worker)
  }

  /// What an update has done. After its region.
  func result(lossUpTo limit: Double) -> UpdateResult {
    let isTaken = canBeLearnt(gradientNorm, lossUpTo: limit)
    if !isTaken { optimizer.cancelStep() }
    return UpdateResult(
      loss: lossOfUpdate.base[0], gradientNorm: gradientNorm, isTaken: isTaken)
  }

  /// Σ g² of a range of the gradients in the store, clamped first.
  func clampedSquares(_ run: Range<Int>) -> Double {
    let gradient = model.parameters.gradients.base + run.lowerBound
    if clipping.value > 0 { clamp(gradient, run.count, to: S(clipping.value)) }
    return Rows.sumOfSquares(gradient, count: run.count)
  }

  /// Likewise of the groups of `slices`.
  func square(_ slices: [ParameterSlice<S>], _ worker: Worker, forEachRun: RunReader) {
    let gradients = model.parameters.gradients.base
    for slice in slices where !frozen.contains(slice.parameter.index) {
      guard !slice.parameter.role.isSparse else {
        // Of a large table few groups have a row that was looked up.
        (squares.base + slice.firstGroup).clear(count: slice.groups.count)
        guard slice.parameter.role == .table else {
          let size = PanelLayout.lane * slice.parameter.columns
          find(slice, worker, forEachRun).addSquares(
            of: gradients, bound: S(clipping.value),
            first: slice.parameter.offset + slice.groups.lowerBound * size, size: size,
            to: squares.base + slice.firstGroup)
          continue
        }
        forEachRun(slice) { run in
          squares.base[slice.firstGroup + slice.place(of: run)] += clampedSquares(run)
        }
        continue
      }
      slice.forEachPiece(elements: 1) { group in
        var sum = 0.0
        forEachRun(group) { sum += clampedSquares($0) }
        squares.base[group.firstGroup] = sum
      }
    }
  }

  /// Steps slices, and packs each piece while it is in the L2 cache.
  func step(
    _ slices: [ParameterSlice<S>], factor: S, _ worker: Worker, forEachRun: RunReader
  ) {
    for slice in slices where !frozen.contains(slice.parameter.index) {
      guard slice.parameter.role != .features else {
        find(slice, worker, forEachRun).step(
          model.parameters, of: slice.parameter, optimizer, factor: factor)
        continue
      }
      // Few rows of a table are stepped, and none is packed.
      let isTable = slice.parameter.role == .table
      slice.forEachPiece(elements: isTable ? slice.parameter.count : 1 << 15) { piece in
        forEachRun(piece) { optimizer.apply($0, of: piece.parameter, factor: factor) }
        model.parameters.pack(piece.parameter, groups: piece.groups)
      }
    }
  }

  /// The single weights of a slice that have a gradient.
  private func find(
    _ slice: ParameterSlice<S>, _ worker: Worker, _ forEachRun: RunReader
  ) -> ScatteredWeights<S> {
    let weights = scattered[worker.index]
    weights.removeAll()
    forEachRun(slice) { weights.append($0.lowerBound) }
    return weights
  }

  var gradientNorm: Double {
    var sum = 0.0
    for index in 0..<squares.count { sum += squares.base[index] }
    return sum.squareRoot()
  }

  /// As `torch.nn.utils.clip_grad_norm_`.
  func clipFactor(_ norm: Double) -> Double {
    clipping.norm > 0 ? min(1, clipping.norm / (norm + 1e-6)) : 1
  }

  /// Whether a step with this gradient leaves all that the optimizer keeps finite: second moments hold
  /// squares in the type of the weights.
  func canBeLearnt(_ norm: Double, lossUpTo limit: Double) -> Bool {
    guard norm.isFinite, lossOfUpdate.base[0].isFinite, lossOfUpdate.base[0] <= limit else {
      return false
    }
    let clipped = norm * clipFactor(norm)
    return S(clipped * clipped).isFinite
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func clamp<S: MatrixElement>(_ x: UnsafeMutablePointer<S>, _ count: Int, to bound: S) {
  for i in 0..<count {
    // Written so that NaN stays NaN and is found by the norm.
    if x[i] > bound { x[i] = bound } else if x[i] < -bound { x[i] = -bound }
  }
}
