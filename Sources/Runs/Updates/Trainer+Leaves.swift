import Autodiff
import Compute
import Parallel

// An update in leaves: they are recorded and run together where the model can, else each as a minibatch of
// its own; their gradients are added in their tree; what then follows from the sum is as ever.

extension Trainer {
  func step(
    _ batch: Model.Batch, _ sums: LeafSums<S>, learningRate: Double, lossUpTo limit: Double,
    read: (RecordedLeaves, Model.Recorded) -> Void, notes: () -> [UInt64],
    hear: ([[UInt64]]) -> Void
  ) -> UpdateResult {
    optimizer.beginStep(learningRate: learningRate)
    var losses = [Double?](repeating: nil, count: leaves.count)
    // What is recorded whole knows all counts.
    let isWhole = link == nil && leaves.groups.count == 1
    let counted = isWhole ? nil : count(batch)
    let hasLeaves = counted?.hasLeaves ?? []
    forEachRecording(
      batch, totals: counted?.totals, totalsOfLeaves: { count(batch).totals }
    ) { leaves, recorded in
      // Of the last ones, chunk by chunk, sums are those of this process.
      if leaves.all.upperBound == self.leaves.own.upperBound {
        ranks?.beginSums(hasLeaves: hasLeaves)
      }
      run(leaves, sums)
      guard let recorded else { return }
      for leaf in leaves.present { losses[leaf] = tape.loss(ofLeaf: leaf) }
      read(leaves, recorded)
    }
    sums.finish()
    if let link, let ranks {
      clock.awaitExchange(ranks.finish)
      let own = words(of: losses) + notes()
      let all = clock.exchange { link.gather(own) }
      losses = all.flatMap(self.losses)
      hear(all.map { Array($0.dropFirst(2 * leaves.own.count)) })
    }
    lossOfUpdate.base[0] = Leaves.sum(losses[...]) ?? .nan
    if let link, let ranks {
      take(sums, ranks, hasLeaves: hasLeaves[link.rank], lossUpTo: limit)
      return result(lossUpTo: limit)
    }
    team.run { [self] worker in
      clock.start(worker)
      take(worker, lossUpTo: limit, forEachRun: sums.forEachRun)
    }
    return result(lossUpTo: limit)
  }

  /// Records the leaves of this process, as many at a time as may be, and calls `body` when they are on the
  /// tape.
  ///
  /// - Parameters:
  ///   - totals: what `Tape.total(of:)` is to answer; nil: what it is asked.
  ///   - totalsOfLeaves: what it is to answer, where that is nil, to a single leaf.
  private func forEachRecording(
    _ batch: Model.Batch, totals: [Int]?, totalsOfLeaves: () -> [Int]?,
    _ body: (RecordedLeaves, Model.Recorded?) -> Void
  ) {
    for group in leaves.groups {
      if recordsTogether, group.count > 1 {
        begin(totals: totals)
        let recorded = model.record(batch, leaves: group, of: leaves.count, on: tape)
        if tape.isDivided {
          body(RecordedLeaves(group, present: tape.dividedLeaves), recorded)
          continue
        }
        recordsTogether = false
      }
      let totals = totals ?? totalsOfLeaves()
      for leaf in group {
        let recorded = record(batch, leaf: leaf, totals: totals)
        body(RecordedLeaves(leaf..<leaf + 1, present: recorded == nil ? [] : [leaf]), recorded)
      }
    }
  }

  private func begin(leaf: Int = 0, totals: [Int]?) {
    tape.begin(
      training: true, noise: hasNoise, update: updateCount, leaf: leaf, totals: totals)
  }

  private func record(_ batch: Model.Batch, leaf: Int, totals: [Int]?) -> Model.Recorded? {
    begin(leaf: leaf, totals: totals)
    return model.record(batch, leaf: leaf, of: leaves.count, on: tape)
  }

  /// What `Tape.total(of:)` is to answer, and whether each rank has leaves: found by recording all leaves, of which
  /// nothing is run.
  private func count(_ batch: Model.Batch) -> (totals: [Int], hasLeaves: [Bool]) {
    var totals: [Int] = []
    var isAnyPresent = false
    forEachRecording(batch, totals: nil, totalsOfLeaves: { nil }) { leaves, recorded in
      guard recorded != nil else { return }
      if !leaves.present.isEmpty { isAnyPresent = true }
      if totals.isEmpty { totals = Array(repeating: 0, count: tape.counts.count) }
      precondition(totals.count == tape.counts.count, "leaves ask for different counts")
      for (place, count) in tape.counts.enumerated() { totals[place] += count }
    }
    guard let link else { return (totals, [isAnyPresent]) }
    let all = clock.exchange { link.gather([isAnyPresent ? 1 : 0] + totals.map { UInt64($0) }) }
    let length = (all.map(\.count).max() ?? 1) - 1
    let sums = (0..<length).map { place in
      all.reduce(0) { $0 + (place + 1 < $1.count ? Int($1[place + 1]) : 0) }
    }
    return (sums, all.map { $0[0] == 1 })
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

  /// Forms the gradients of the leaves on the tape, and adds them.
  private func run(_ leaves: RecordedLeaves, _ sums: LeafSums<S>) {
    let tape = tape
    let all = leaves.all
    let place = all.lowerBound - self.leaves.own.lowerBound
    let tree = LeafTree(0..<all.count) { leaves.present.contains(all.lowerBound + $0) }
    let areLast = all.upperBound == self.leaves.own.upperBound
    team.run { [self] worker in
      if tree != nil {
        clock.start(worker)
        tape.forward(worker) { clock.stop($0 ? .loss : .forward, worker) }
        tape.backward(worker) { clock.stop($0 ? .loss : .backward, worker) }
        worker.barrier()
        clock.stop(.wait, worker)
        tape.prepareDebts(slices[worker.index], worker)
      }
      for part in slices.parts {
        let mine = slices[part, worker.index]
        var runs: [Range<Int>] = []
        if let tree, tape.isDivided {
          runs = sums.formSum(tree, of: mine, on: tape, worker)
        } else if tree != nil {
          tape.payPreparedDebts(mine, worker)
          for slice in mine { tape.ledger.forEachRun(of: slice) { runs.append($0) } }
        }
        sums.add(place..<place + all.count, runs, part: part, worker)
        if areLast { ranks?.hasFormed(part: part) }
      }
      if tree != nil { clock.stop(.products, worker) }
    }
  }
}
