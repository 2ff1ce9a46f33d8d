/// An order of sequences in which those of a pool, so many places, are sorted by length: the longest first,
/// equal lengths as they come.
struct PooledOrder: Sendable {
  private let lengths: SequenceLengths
  /// Before it is sorted, unless it is stored.
  private let order: ShuffledOrder
  /// 1 where nothing is left to sort.
  private let pool: Int

  init(_ order: ShuffledOrder, pool: Int = 1, _ lengths: SequenceLengths) {
    self.lengths = lengths
    guard case .stored(var stored) = order, pool > 1 else {
      (self.order, self.pool) = (order, pool)
      return
    }
    for start in stride(from: 0, to: stored.count, by: pool) {
      let members = stored[start..<min(start + pool, stored.count)].map(Int.init)
      for (place, member) in Self.sorted(members, lengths).enumerated() {
        stored[start + place] = Int32(member)
      }
    }
    (self.order, self.pool) = (.stored(stored), 1)
  }

  var count: Int { order.count }

  /// What stands at some places. Cost: their pools, where these are not sorted yet.
  subscript(places: Range<Int>) -> [Int] {
    guard pool > 1, !places.isEmpty else { return places.map { order[$0] } }
    return (places.lowerBound / pool...(places.upperBound - 1) / pool).flatMap { number in
      let all = number * pool..<min((number + 1) * pool, count)
      let part = places.clamped(to: all)
      return Self.sorted(all.map { order[$0] }, lengths)[
        part.lowerBound - all.lowerBound..<part.upperBound - all.lowerBound]
    }
  }

  /// Calls `body` with every sequence in its turn.
  func forEach(_ body: (Int) -> Void) {
    let step = pool > 1 ? pool : 1 << 12
    for start in stride(from: 0, to: count, by: step) {
      self[start..<min(start + step, count)].forEach(body)
    }
  }

  /// Stable: equal lengths stay in their order.
  static func sorted(_ sequences: [Int], _ lengths: SequenceLengths) -> [Int] {
    sequences.enumerated().sorted {
      (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset)
    }.map(\.element)
  }
}
