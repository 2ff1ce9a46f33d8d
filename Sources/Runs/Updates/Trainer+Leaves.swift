import Autodiff
import Compute
import Parallel

// An update in leaves: each is recorded and run as a minibatch of its own, its gradient added to the others'
// in their tree; what then follows from the sum is as ever.

extension Trainer {
  func step(
    _ batch: Model.Batch, _ sums: LeafSums<S>, learningRate: Double, lossUpTo limit: Double,
    read: (_ leaf: Int, Model.Recorded) -> Void, notes: () -> [UInt64],
    hear: ([[UInt64]]) -> Void
  ) -> UpdateResult {
    optimizer.beginStep(learningRate: learningRate)
    let totals = totals(batch)
    var losses = [Double?](repeating: nil, count: leaves.count)
    for leaf in leaves.own {
      let recorded = record(batch, leaf: leaf, totals: totals)
      run(leaf, isEmpty: recorded == nil, sums)
      if let recorded {
        losses[leaf] = tape.loss
        read(leaf, recorded)
      }
    }
    sums.finish()
    if let link {
      let own = words(of: losses) + notes()
      let all = clock.exchange { link.gather(own) }
      losses = all.flatMap(self.losses)
      hear(all.map { Array($0.dropFirst(2 * leaves.own.count)) })
      let perRank = leaves.own.count
      let hasLeaves = (0..<link.count).map { rank in
        losses[rank * perRank..<(rank + 1) * perRank].contains { $0 != nil }
      }
      clock.exchange { sums.exchange(over: link, hasLeaves: hasLeaves, team) }
    }
    lossOfUpdate.base[0] = Leaves.sum(losses[...]) ?? .nan
    team.run { [self] worker in
      clock.start(worker)
      take(worker, lossUpTo: limit, forEachRun: sums.forEachRun)
    }
    return result(lossUpTo: limit)
  }

  private func record(_ batch: Model.Batch, leaf: Int, totals: [Int]?) -> Model.Recorded? {
    tape.begin(
      training: true, noise: hasNoise, update: updateCount, leaf: leaf, totals: totals)
    return model.record(batch, leaf: leaf, of: leaves.count, on: tape)
  }

  /// What `Tape.total(of:)` is to answer: found by recording all leaves, of which nothing is run.
  private func totals(_ batch: Model.Batch) -> [Int] {
    var totals: [Int] = []
    for leaf in leaves.own where record(batch, leaf: leaf, totals: nil) != nil {
      if totals.isEmpty { totals = Array(repeating: 0, count: tape.counts.count) }
      precondition(totals.count == tape.counts.count, "leaves ask for different counts")
      for (place, count) in tape.counts.enumerated() { totals[place] += count }
    }
    guard let link else { return totals }
    let all = clock.exchange { link.gather(totals.map { UInt64($0) }) }
    let length = all.map(\.count).max() ?? 0
    return (0..<length).map { place in
      all.reduce(0) { $0 + (place < $1.count ? Int($1[place]) : 0) }
    }
  }

  /// The losses of this rank's leaves, as other ranks are told of them.
  private func words(of losses: [Double?]) -> [UInt64] {
    losses[leaves.own].flatMap { [$0 == nil ? 0 : 1, ($0 ?? 0).bitPattern] }
  }

  /// The losses of a rank's leaves, which its words begin with.
  private func losses(_ words: [UInt64]) -> [Double?] {
    (0..<leaves.own.count).map {
      words[2 * $0] == 0 ? nil : Double(bitPattern: words[2 * $0 + 1])
    }
  }

  /// Forms the gradient of the leaf on the tape, and adds it.
  private func run(_ leaf: Int, isEmpty: Bool, _ sums: LeafSums<S>) {
    let tape = tape
    let place = leaf - leaves.own.lowerBound
    team.run { [self] worker in
      guard !isEmpty else { return sums.add(leaf: place, [], worker) }
      let mine = slices[worker.index]
      clock.start(worker)
      tape.forward(worker) { clock.stop($0 ? .loss : .forward, worker) }
      tape.backward(worker) { clock.stop($0 ? .loss : .backward, worker) }
      worker.barrier()
      clock.stop(.wait, worker)
      tape.payDebts(mine, worker)
      var runs: [Range<Int>] = []
      for slice in mine { tape.ledger.forEachRun(of: slice) { runs.append($0) } }
      sums.add(leaf: place, runs, worker)
      clock.stop(.products, worker)
    }
  }
}
