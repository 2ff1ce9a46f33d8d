import Autodiff
import Compute
import Parallel

// Gradients of several processes are added along the same tree as those of leaves, of which each process has a
// subtree: in round k it meets the process whose number differs in bit k.

extension LeafSums {
  /// Adds what all ranks have; each then has the whole sum. Between regions, after `finish`.
  ///
  /// Tables, whose gradients are rows here and there, swap whole rows with their numbers; all else is halved
  /// recursively: in each round a rank gives half of what it has left for the other half of its partner, so
  /// that at the end it has a slice summed over all, and the slices go back the same way. Thakur, Rabenseifner
  /// & Gropp, "Optimization of Collective Communication Operations in MPICH" (2005).
  ///
  /// - Parameter hasLeaves: whether each rank has examples at all.
  func exchange(over link: any RankLink, hasLeaves: [Bool], _ team: WorkerTeam) {
    let received = received ?? AlignedBuffer(count: store.count)
    self.received = received
    let exchange = RankExchange(
      link: link, hasLeaves: hasLeaves, gradients: store.gradients, received: received, team: team)
    for range in denseRanges { exchange.sumDense(range) }
    let isOwn = hasLeaves[link.rank]
    var tables =
      isOwn ? runs.filter { run in !denseRanges.contains { $0.contains(run.lowerBound) } } : []
    if hasTables { tables = exchange.sum(runs: tables) }
    replace((denseRanges + tables).sorted { $0.lowerBound < $1.lowerBound })
  }
}

/// One exchange of gradients.
private struct RankExchange<S: MatrixElement> {
  let link: any RankLink
  let hasLeaves: [Bool]
  let gradients: AlignedBuffer<S>
  /// As large, for what others send.
  let received: AlignedBuffer<S>
  let team: WorkerTeam

  private var levels: Range<Int> { 0..<link.count.trailingZeroBitCount }

  /// Whether any of the ranks has leaves whose sums `rank` has after `level` rounds.
  private func hasSum(_ rank: Int, level: Int) -> Bool {
    let first = (rank >> level) << level
    return hasLeaves[first..<(first + (1 << level))].contains(true)
  }

  func sumDense(_ whole: Range<Int>) {
    var (range, given) = (whole, [Range<Int>]())
    for level in levels {
      let partner = link.rank ^ (1 << level)
      let middle = range.lowerBound + (range.count / 2 + 15) & ~15
      let halves = [
        range.lowerBound..<min(middle, range.upperBound),
        min(middle, range.upperBound)..<range.upperBound,
      ]
      let side = link.rank >> level & 1
      let (own, others) = (halves[side], halves[1 - side])
      swap(gradients, others, received, own, partner)
      add(own, isOwn: hasSum(link.rank, level: level), isOther: hasSum(partner, level: level))
      given.append(others)
      range = own
    }
    for level in levels.reversed() {
      let others = given[level]
      swap(gradients, range, gradients, others, link.rank ^ (1 << level))
      range = min(range.lowerBound, others.lowerBound)..<max(range.upperBound, others.upperBound)
    }
  }

  /// Sums what stands at some runs, and gives where the sum has numbers.
  func sum(runs own: [Range<Int>]) -> [Range<Int>] {
    var runs = own
    for level in levels {
      let partner = link.rank ^ (1 << level)
      let words = runs.flatMap { [UInt64($0.lowerBound), UInt64($0.upperBound)] }
      let other = link.exchange(words, with: partner)
      let others = stride(from: 0, to: other.count, by: 2).map {
        Int(other[$0])..<Int(other[$0 + 1])
      }
      let sent = AlignedBuffer<S>(count: max(1, runs.reduce(0) { $0 + $1.count }))
      let got = AlignedBuffer<S>(count: max(1, others.reduce(0) { $0 + $1.count }))
      var place = 0
      for run in runs {
        (sent.base + place).update(from: gradients.base + run.lowerBound, count: run.count)
        place += run.count
      }
      let size = others.reduce(0) { $0 + $1.count }
      swap(sent, 0..<place, got, 0..<size, partner)
      place = 0
      for run in others {
        (received.base + run.lowerBound).update(from: got.base + place, count: run.count)
        place += run.count
      }
      runs = LeafSums<S>.add(others, of: received.base, to: gradients.base, runs)
    }
    return runs
  }

  private func swap(
    _ sent: AlignedBuffer<S>, _ own: Range<Int>, _ target: AlignedBuffer<S>, _ others: Range<Int>,
    _ partner: Int
  ) {
    link.exchange(
      UnsafeRawBufferPointer(
        UnsafeBufferPointer(start: sent.base + own.lowerBound, count: own.count)),
      UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(start: target.base + others.lowerBound, count: others.count)),
      with: partner)
  }

  /// Adds what was received for `range`, as far as there are leaves on either side.
  private func add(_ range: Range<Int>, isOwn: Bool, isOther: Bool) {
    guard isOther else { return }
    let (gradients, received) = (gradients, received)
    team.run { worker in
      let share = worker.share(of: range.count)
      let target = gradients.base + range.lowerBound + share.lowerBound
      let source = received.base + range.lowerBound + share.lowerBound
      if isOwn {
        Rows.addRow(source, to: target, count: share.count)
      } else {
        target.update(from: source, count: share.count)
      }
    }
  }
}
