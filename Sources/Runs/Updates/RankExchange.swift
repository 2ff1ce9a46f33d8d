import Autodiff
import Compute
import Parallel

/// What the processes of a training send each other of gradients, weights and moments. All of them call the same.
///
/// `@unchecked Sendable`: called by one thread at a time. What takes a chunk may run beside a region that leaves
/// alone what is in it; all else is called between regions.
final class RankExchange<S: MatrixElement>: @unchecked Sendable {
  let link: any RankLink
  let slices: RankSlices<S>
  private let store: ParameterStore<S>
  private let precision: Precision
  /// For what is received, laid out as the store: memory is taken of what is written only.
  private let received: AlignedBuffer<S>
  /// Both ways, where sums travel as bfloat16.
  private let halves: (sent: AlignedBuffer<UInt16>, received: AlignedBuffer<UInt16>)?

  /// - Parameter precision: to which sums of gradients are rounded.
  init(_ link: any RankLink, _ store: ParameterStore<S>, _ precision: Precision) {
    (self.link, self.store, self.precision) = (link, store, precision)
    slices = RankSlices(store, rank: link.rank, of: link.count)
    received = AlignedBuffer(count: store.count)
    halves =
      precision == .bf16
      ? (AlignedBuffer(count: store.count), AlignedBuffer(count: store.count)) : nil
  }

  // MARK: Gradients

  /// Adds the gradients of all ranks in a chunk, of which each then has its slice: recursive halving, in each round
  /// of which a rank gives half of what it has left for the other half of its partner. Thakur, Rabenseifner &
  /// Gropp, "Optimization of Collective Communication Operations in MPICH" (2005).
  ///
  /// - Parameter hasLeaves: whether each rank has examples at all.
  func sum(chunk: Int, hasLeaves: [Bool]) {
    for (level, round) in slices.rounds(of: chunk).enumerated() {
      let partner = link.rank ^ (1 << level)
      swapSums(store.gradients, round.others, received, round.own, partner)
      add(
        round.own, isOwn: hasSum(link.rank, level, hasLeaves),
        isOther: hasSum(partner, level, hasLeaves))
    }
  }

  /// Adds the gradients of tables, rows here and there, which ranks swap whole, with their numbers.
  ///
  /// - Parameter own: where this rank has sums, ascending.
  /// - Returns: where the whole sum, which each rank has then, has numbers.
  func sumTables(_ own: [Range<Int>]) -> [Range<Int>] {
    var runs = own
    for level in slices.levels {
      let partner = link.rank ^ (1 << level)
      let words = runs.flatMap { [UInt64($0.lowerBound), UInt64($0.upperBound)] }
      let other = link.exchange(words, with: partner)
      let others = stride(from: 0, to: other.count, by: 2).map {
        Int(other[$0])..<Int(other[$0 + 1])
      }
      let (size, otherSize) = (
        runs.reduce(0) { $0 + $1.count }, others.reduce(0) { $0 + $1.count }
      )
      let sent = AlignedBuffer<S>(count: max(1, size))
      let got = AlignedBuffer<S>(count: max(1, otherSize))
      var place = 0
      for run in runs {
        (sent.base + place).update(from: store.gradients.base + run.lowerBound, count: run.count)
        place += run.count
      }
      swapSums(sent, 0..<size, got, 0..<otherSize, partner)
      place = 0
      for run in others {
        (received.base + run.lowerBound).update(from: got.base + place, count: run.count)
        place += run.count
      }
      runs = LeafSums<S>.add(others, of: received.base, to: store.gradients.base, runs)
      LeafSums<S>.round(runs, of: store.gradients.base, to: precision)
    }
    return runs
  }

  /// Whether any of the ranks has leaves whose sums `rank` has after `level` rounds.
  private func hasSum(_ rank: Int, _ level: Int, _ hasLeaves: [Bool]) -> Bool {
    let first = (rank >> level) << level
    return hasLeaves[first..<(first + (1 << level))].contains(true)
  }

  /// Adds what was received for `range`, as far as there are leaves on either side.
  private func add(_ range: Range<Int>, isOwn: Bool, isOther: Bool) {
    guard isOther else { return }
    let target = store.gradients.base + range.lowerBound
    let source = received.base + range.lowerBound
    guard isOwn else { return target.update(from: source, count: range.count) }
    Rows.addRow(source, to: target, count: range.count)
    if precision == .bf16 { BFloat16.round(target, count: range.count) }
  }

  // MARK: Slices

  /// Gives every rank what the others have in their slices of a chunk, in a buffer that is laid out as the store:
  /// by the rounds of the sum backward.
  func gather(chunk: Int, of buffer: AlignedBuffer<S>) {
    for (level, round) in slices.rounds(of: chunk).enumerated().reversed() {
      swap(
        UnsafeBufferPointer(rebasing: buffer.elements[round.own]),
        UnsafeMutableBufferPointer(rebasing: buffer.elements[round.others]),
        link.rank ^ (1 << level))
    }
  }

  /// Gives every rank a number of each cell of the others.
  ///
  /// - Parameter numbers: one a cell; this rank's are there.
  func gather(cells numbers: AlignedBuffer<Double>) {
    let own = slices.slices(ofRank: link.rank).joined().map { numbers.base[$0].bitPattern }
    for (rank, words) in link.gather(own).enumerated() where rank != link.rank {
      for (cell, word) in zip(slices.slices(ofRank: rank).joined(), words) {
        numbers.base[cell] = Double(bitPattern: word)
      }
    }
  }

  /// Brings the first rank what the others have in their slices, half of the ranks in each round.
  ///
  /// - Parameters:
  ///   - own: has this rank's slice, and in between what it passes on.
  ///   - target: of the first rank.
  ///   - shift: from a place in the store to that in the buffers, of a cell's parameter.
  func collect(
    _ own: AlignedBuffer<S>, into target: AlignedBuffer<S>, shift: (Parameter<S>) -> Int
  ) {
    for (chunk, cells) in slices.chunks.enumerated() {
      let distance = shift(slices.cells[cells.lowerBound].parameter)
      func moved(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound + distance..<range.upperBound + distance
      }
      let buffer = link.rank == 0 ? target : own
      for (level, round) in slices.rounds(of: chunk).enumerated().reversed() {
        let isSender = link.rank >> level & 1 == 1
        let sent = isSender ? moved(round.own) : 0..<0
        let got = isSender ? 0..<0 : moved(round.others)
        swap(
          UnsafeBufferPointer(rebasing: buffer.elements[sent]),
          UnsafeMutableBufferPointer(rebasing: buffer.elements[got]), link.rank ^ (1 << level))
        if isSender { break }
      }
    }
  }

  // MARK: Messages

  /// Swaps sums, `own` of `sent` for `others` of `target`: as they are, or as bfloat16, which they are in already.
  private func swapSums(
    _ sent: AlignedBuffer<S>, _ own: Range<Int>, _ target: AlignedBuffer<S>, _ others: Range<Int>,
    _ partner: Int
  ) {
    guard let (narrow, got) = halves else {
      return swap(
        UnsafeBufferPointer(rebasing: sent.elements[own]),
        UnsafeMutableBufferPointer(rebasing: target.elements[others]), partner)
    }
    BFloat16.narrow(sent.base + own.lowerBound, to: narrow.base, count: own.count)
    swap(
      UnsafeBufferPointer(rebasing: narrow.elements[..<own.count]),
      UnsafeMutableBufferPointer(rebasing: got.elements[..<others.count]), partner)
    BFloat16.widen(got.base, to: target.base + others.lowerBound, count: others.count)
  }

  private func swap<Element>(
    _ sent: UnsafeBufferPointer<Element>, _ received: UnsafeMutableBufferPointer<Element>,
    _ partner: Int
  ) {
    link.exchange(
      UnsafeRawBufferPointer(sent), UnsafeMutableRawBufferPointer(received), with: partner)
  }
}
