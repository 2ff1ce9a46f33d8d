import Autodiff
import Compute
import Dispatch
import Parallel

// What follows from the sums of several processes. Each steps its own slice; weights go round in the place of
// gradients, so that all have all of them.

extension Trainer {
  /// From this process's sums to new weights. Between regions, after `finish`.
  ///
  /// - Parameter hasLeaves: whether each rank has examples at all.
  func take(
    _ sums: LeafSums<S>, _ ranks: RankStep<S>, hasLeaves: [Bool], lossUpTo limit: Double
  ) {
    let exchange = ranks.exchange
    let parameters = model.parameters
    clock.exchange {
      exchange.sumSlices(hasLeaves: hasLeaves)
      if sums.hasTables {
        sums.replace(exchange.sumTables(hasLeaves[exchange.link.rank] ? sums.tableRuns : []))
      }
    }
    team.run { [self] worker in
      clock.start(worker)
      ranks.square(worker, clampedSquares)
      square(tableSlices(worker), worker, forEachRun: sums.forEachRun)
      clock.stop(.products, worker)
    }
    clock.exchange {
      ranks.gatherSquares(into: squares)
      if gathersGradients { exchange.gather(parameters.gradients) }
    }
    let norm = gradientNorm
    guard canBeLearnt(norm, lossUpTo: limit) else { return }
    let factor = S(clipFactor(norm))
    team.run { [self] worker in
      clock.start(worker)
      ranks.step(optimizer, factor: factor, worker)
      step(tableSlices(worker), factor: factor, worker, forEachRun: sums.forEachRun)
      clock.stop(.update, worker)
    }
    clock.exchange { exchange.gather(parameters.values) }
    team.run { [self] worker in
      clock.start(worker)
      pack(worker)
      clock.stop(.update, worker)
    }
  }

  /// Packs the weights anew, where they are no table's, and derives what follows from them. In a region.
  private func pack(_ worker: Worker) {
    for slice in slices[worker.index]
    where !slice.parameter.role.isSparse && !frozen.contains(slice.parameter.index) {
      model.parameters.pack(slice.parameter, groups: slice.groups)
    }
    model.parameters.derive(worker)
  }

  private func tableSlices(_ worker: Worker) -> [ParameterSlice<S>] {
    slices[worker.index].filter { $0.parameter.role.isSparse }
  }

  /// Seconds that packing all weights takes, which every process does: the median of a few times.
  package var packingSeconds: Double {
    (0..<5).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      team.run { [self] worker in pack(worker) }
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }.sorted()[2]
  }
}
