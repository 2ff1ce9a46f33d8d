import Autodiff
import Compute
import Dispatch
import Parallel

// What follows from the sums of several processes. Each steps its own slice; weights go round in the place of
// gradients, so that all have all of them.

extension Trainer {
  /// From the gradients, which are being added to those of other processes, to new weights. Between regions, after
  /// `RankStep.finish` has told that they are.
  ///
  /// - Parameter hasLeaves: whether this process has examples at all.
  func take(
    _ sums: LeafSums<S>, _ ranks: RankStep<S>, hasLeaves: Bool, lossUpTo limit: Double
  ) {
    let parameters = model.parameters
    if sums.hasTables {
      ranks.sumTables(sums, isOwn: hasLeaves)
      clock.awaitExchange(ranks.finish)
    }
    team.run { [self] worker in
      clock.start(worker)
      ranks.square(worker, clampedSquares)
      square(tableSlices(worker), worker, forEachRun: sums.forEachRun)
      clock.stop(.products, worker)
    }
    clock.exchange {
      ranks.gatherSquares(into: squares)
      guard gathersGradients else { return }
      for chunk in ranks.chunks { ranks.exchange.gather(chunk: chunk, of: parameters.gradients) }
    }
    let norm = gradientNorm
    guard canBeLearnt(norm, lossUpTo: limit) else { return }
    let factor = S(clipFactor(norm))
    ranks.beginGathering(parameters.values)
    team.run { [self] worker in
      clock.start(worker)
      // First what the others wait for.
      ranks.step(optimizer, factor: factor, worker)
      step(tableSlices(worker), factor: factor, worker, forEachRun: sums.forEachRun)
      clock.stop(.update, worker)
      for chunk in ranks.chunks {
        ranks.awaitWeights(ofChunk: chunk)
        clock.stop(.exchange, worker)
        pack(slices[chunk, worker.index])
        clock.stop(.update, worker)
      }
      parameters.derive(worker)
      clock.stop(.update, worker)
    }
    clock.awaitExchange(ranks.finish)
  }

  /// Packs weights anew. In a region.
  private func pack(_ slices: [ParameterSlice<S>]) {
    for slice in slices where !frozen.contains(slice.parameter.index) {
      model.parameters.pack(slice.parameter, groups: slice.groups)
    }
  }

  private func tableSlices(_ worker: Worker) -> [ParameterSlice<S>] {
    slices[worker.index].filter { $0.parameter.role.isSparse }
  }

  /// Seconds that packing all weights takes, which every process does: the median of a few times.
  package var packingSeconds: Double {
    (0..<5).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      team.run { [self] worker in
        pack(slices[worker.index].filter { !$0.parameter.role.isSparse })
        model.parameters.derive(worker)
      }
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }.sorted()[2]
  }
}
