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
    let mail = mail ?? RankMail(store.count, precision)
    self.mail = mail
    let exchange = RankExchange(
      link: link, hasLeaves: hasLeaves, gradients: store.gradients, mail: mail,
      precision: precision, team: team)
    for range in denseRanges { exchange.sumDense(range) }
    let isOwn = hasLeaves[link.rank]
    var tables =
      isOwn ? runs.filter { run in !denseRanges.contains { $0.contains(run.lowerBound) } } : []
    if hasTables { tables = exchange.sum(runs: tables) }
    replace((denseRanges + tables).sorted { $0.lowerBound < $1.lowerBound })
  }
}

/// Memory for what processes send each other.
struct RankMail<S: MatrixElement> {
  /// As large as the gradients.
  let received: AlignedBuffer<S>
  /// Both ways, where numbers travel as bfloat16.
  let halves: (sent: AlignedBuffer<UInt16>, received: AlignedBuffer<UInt16>)?

  init(_ count: Int, _ precision: Precision) {
    received = AlignedBuffer(count: count)
    halves =
      precision == .bf16 ? (AlignedBuffer(count: count), AlignedBuffer(count: count)) : nil
  }
}

/// One exchange of gradients.
private struct RankExchange<S: MatrixElement> {
  let link: any RankLink
  let hasLeaves: [Bool]
  let gradients: AlignedBuffer<S>
  let mail: RankMail<S>
  let precision: Precision
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
      swap(gradients, others, mail.received, own, partner)
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
        (mail.received.base + run.lowerBound).update(from: got.base + place, count: run.count)
        place += run.count
      }
      runs = LeafSums<S>.add(others, of: mail.received.base, to: gradients.base, runs)
      LeafSums<S>.round(runs, of: gradients.base, to: precision)
    }
    return runs
  }

  /// Swaps `own` of `sent` for `others` of `target`: as they are, or as bfloat16, which sums are in already.
  private func swap(
    _ sent: AlignedBuffer<S>, _ own: Range<Int>, _ target: AlignedBuffer<S>, _ others: Range<Int>,
    _ partner: Int
  ) {
    guard let (narrow, got) = mail.halves else {
      return swap(
        UnsafeBufferPointer(rebasing: sent.elements[own]),
        UnsafeMutableBufferPointer(rebasing: target.elements[others]), partner)
    }
    team.run { worker in
      let share = worker.share(of: own.count)
      BFloat16.narrow(
        sent.base + own.lowerBound + share.lowerBound, to: narrow.base + share.lowerBound,
        count: share.count)
    }
    swap(
      UnsafeBufferPointer(rebasing: narrow.elements[..<own.count]),
      UnsafeMutableBufferPointer(rebasing: got.elements[..<others.count]), partner)
    team.run { worker in
      let share = worker.share(of: others.count)
      BFloat16.widen(
        got.base + share.lowerBound, to: target.base + others.lowerBound + share.lowerBound,
        count: share.count)
    }
  }

  private func swap<Element>(
    _ sent: UnsafeBufferPointer<Element>, _ received: UnsafeMutableBufferPointer<Element>,
    _ partner: Int
  ) {
    link.exchange(
      UnsafeRawBufferPointer(sent), UnsafeMutableRawBufferPointer(received), with: partner)
  }

  /// Adds what was received for `range`, as far as there are leaves on either side.
  private func add(_ range: Range<Int>, isOwn: Bool, isOther: Bool) {
    guard isOther else { return }
    let (gradients, received, precision) = (gradients, mail.received, precision)
    team.run { worker in
      let share = worker.share(of: range.count)
      let target = gradients.base + range.lowerBound + share.lowerBound
      let source = received.base + range.lowerBound + share.lowerBound
      if isOwn {
        Rows.addRow(source, to: target, count: share.count)
        if precision == .bf16 { BFloat16.round(target, count: share.count) }
      } else {
        target.update(from: source, count: share.count)
      }
    }
  }
}
