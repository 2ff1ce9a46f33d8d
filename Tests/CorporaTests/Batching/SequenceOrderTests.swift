import Compute
import Corpora
import TestSupport
import Testing

/// What orders and divisions are, written down as plainly as can be: runs that have begun rest on it.
@Suite struct SequenceOrderTests {
  private static let lengths: [Int] = {
    let random = RandomStream(seed: 7, purpose: .generator)
    return (0..<211).map { 1 + Int(random.word(row: 0, index: $0) % 17) }
  }()

  private static func shuffled(
    _ count: Int, _ seed: UInt64, _ epoch: Int, row: Int = 0
  ) -> [Int] {
    let random = RandomStream(seed: seed, purpose: .shuffling, update: epoch)
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) {
      let word = UInt64(random.word(row: row, index: index))
      order.swapAt(index, Int((word * UInt64(index + 1)) >> 32))
    }
    return order
  }

  private static func sorted(_ order: some Collection<Int>) -> [Int] {
    order.enumerated().sorted {
      (-lengths[$0.element], $0.offset) < (-lengths[$1.element], $1.offset)
    }.map(\.element)
  }

  @Test(arguments: [1, 3, 50], [SequenceBatches.Size.sequences(8), .tokens(90)])
  func isThatOfEarlierVersions(pool: Int, size: SequenceBatches.Size) throws {
    let (lengths, count) = (Self.lengths, Self.lengths.count)
    var batches = try SequenceBatches(
      lengths: SequenceLengths(lengths), size: size, order: .shuffled(seed: 5, pool: pool))
    let updates = batches.updatesPerEpoch
    for epoch in [0, 4] {
      var order = Self.shuffled(count, 5, epoch)
      let width = if case .sequences(let size) = size { size } else { (count - 1) / updates + 1 }
      if pool > 1 {
        order = stride(from: 0, to: count, by: width * pool).flatMap {
          Self.sorted(order[$0..<min($0 + width * pool, count)])
        }
      }
      var cut: [[Int]] = []
      switch size {
      case .sequences(let size):
        cut = stride(from: 0, to: count, by: size).map {
          Array(order[$0..<min($0 + size, count)])
        }
      case .tokens:
        let total = lengths.reduce(0, +)
        cut = [[Int]](repeating: [], count: updates)
        var tokens = 0
        for sequence in order {
          let middle = 2 * tokens + lengths[sequence]
          cut[middle * updates / (2 * total)].append(sequence)
          tokens += lengths[sequence]
        }
      }
      cut = cut.map(Self.sorted)
      if pool > 1 { cut = Self.shuffled(updates, 5, epoch, row: 1).map { cut[$0] } }
      #expect((0..<updates).map { batches.batch(update: epoch * updates + $0) } == cut)
    }
  }

  /// Beyond what is stored an order is another one, and keeps what is promised of all.
  @Test(arguments: [1, 3], [SequenceBatches.Size.sequences(8), .tokens(90)])
  func computedOrdersKeepThePromises(pool: Int, size: SequenceBatches.Size) throws {
    func batches() throws -> SequenceBatches {
      try SequenceBatches(
        lengths: SequenceLengths(Self.lengths), size: size, order: .shuffled(seed: 5, pool: pool),
        mostStored: 100)
    }
    var (order, resumed) = (try batches(), try batches())
    let updates = order.updatesPerEpoch
    let epochs = (0..<2).map { epoch in
      (0..<updates).map { order.batch(update: epoch * updates + $0) }
    }
    #expect(epochs[0] != epochs[1])
    for epoch in epochs {
      #expect(epoch.joined().sorted() == Array(Self.lengths.indices))
      for batch in epoch {
        #expect(zip(batch, batch.dropFirst()).allSatisfy { Self.lengths[$0] >= Self.lengths[$1] })
      }
    }
    #expect(resumed.batch(update: updates + 2) == epochs[1][2])
    // What pools are for.
    func spread(_ batches: [[Int]]) -> Int {
      batches.reduce(0) { $0 + Self.lengths[$1[0]] - Self.lengths[$1[$1.count - 1]] }
    }
    #expect(pool == 1 ? spread(epochs[0]) > 250 : spread(epochs[0]) < 200)
  }

  @Test func divisionsAreThoseOfEarlierVersions() throws {
    let strata = Self.lengths.map { Int32($0 % 4) }
    for classes in [nil, strata] {
      var order = Self.shuffled(211, 9, 0, row: 2)
      if let classes {
        order = order.enumerated().sorted {
          (classes[$0.element], $0.offset) < (classes[$1.element], $1.offset)
        }.map(\.element)
      }
      func isHeldOut(_ place: Int) -> Bool {
        Int(Double(place + 1) * 0.3 + 0.5) > Int(Double(place) * 0.3 + 0.5)
      }
      let split = try DataSplit.heldOut(0.3, of: 211, seed: 9, strata: classes.map { LongList($0) })
      #expect(
        split.heldOut.elementsEqual(order.indices.filter(isHeldOut).map { order[$0] }.sorted()))
      let fold = try DataSplit.fold(
        1, of: 5, count: 211, seed: 9, strata: classes.map { LongList($0) })
      #expect(
        fold.heldOut.elementsEqual(
          order.indices.filter { $0 % 5 == 1 }.map { order[$0] }.sorted()))
    }
  }

  @Test(arguments: [0, 1, 7, 64, 211, 1000])
  func theLongestAreFound(count: Int) {
    let all = Self.sorted(Self.lengths.indices)
    #expect(SequenceLengths(Self.lengths).longest(count) == Array(all.prefix(count)))
    #expect(SequenceLengths(Self.lengths).longestFirst.map(Int.init) == all)
    #expect(SequenceLengths(Self.lengths).total == Self.lengths.reduce(0, +))
  }
}
