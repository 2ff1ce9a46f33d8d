import Compute

/// For every id, the tokens that carry it, in token order: a sort, made once a minibatch.
/// An id may be a word of the vocabulary, or a row of another matrix.
///
/// Where there are few ids to a token it is one counting sort over all ids. A vocabulary that is far
/// larger than a minibatch is never gone through: tokens are sorted by eleven bits of their ids at a time.
///
/// `@unchecked Sendable`: filled outside parallel regions, only read inside.
package final class TokenIndex: @unchecked Sendable {
  /// The most that there were so far.
  private var idCount: Int
  /// Where the tokens of each id begin, of all ids; nothing while `isSparse`.
  private var starts: [Int32] = []
  private var order: [Int32] = []
  /// Ids that some token carries, ascending, in the first `distinctCount` places.
  private var distinct: [Int32] = []
  private var distinctCount = 0
  /// Ids that it was filled with.
  private(set) var placeCount = 0
  /// Where the tokens of each distinct id begin, while `isSparse`; one more for the end of the last.
  private var runs: [Int32] = []
  private var isSparse = false
  private var sorter = RadixSorter()
  /// One a leaf, of those that are recorded together.
  private var parts: [TokenIndex] = []
  private var chosen: [Int32] = []

  package init(idCount: Int = 0) {
    self.idCount = idCount
  }

  /// Sorts `ids[token]` by id, keeping token order. Tokens with a negative id belong to none. Cost:
  /// O(tokens + ids), or O(tokens) where ids are many; no allocation once the largest minibatch has been
  /// seen.
  ///
  /// - Parameters:
  ///   - tokens: the token that carries `ids[i]`, ascending, where tokens carry several ids or none;
  ///     nil: `i`.
  ///   - idCount: grows the index, where the number of ids differs by minibatch.
  package func fill(
    _ ids: UnsafeBufferPointer<Int32>, of tokens: UnsafeBufferPointer<Int32>? = nil,
    idCount: Int = 0
  ) {
    precondition(tokens == nil || tokens?.count == ids.count, "one token an id")
    if order.count < ids.count { order = Array(repeating: 0, count: ids.count) }
    self.idCount = max(idCount, self.idCount)
    placeCount = ids.count
    isSparse = self.idCount > Self.sparseness * ids.count
    if isSparse { sort(ids, of: tokens) } else { count(ids, of: tokens) }
  }

  /// Sorts `ids[token]` by id: where tokens know their leaves, those of each leaf apart (`part`).
  package func fill(_ ids: UnsafeBufferPointer<Int32>, of rows: LeafRows?) {
    guard let rows else { return fill(ids) }
    while parts.count < rows.lists.count { parts.append(TokenIndex(idCount: idCount)) }
    for (part, tokens) in zip(parts, rows.lists) {
      chosen.removeAll(keepingCapacity: true)
      for token in tokens { chosen.append(ids[Int(token)]) }
      chosen.withUnsafeBufferPointer { ids in
        tokens.withUnsafeBufferPointer { part.fill(ids, of: $0, idCount: idCount) }
      }
    }
  }

  /// The tokens of a leaf, counted from the first of those recorded together.
  package func part(_ leaf: Int) -> TokenIndex { parts[leaf] }

  /// Ids to a token from which on a sort of the tokens costs less than going through all ids.
  private static var sparseness: Int { 8 }

  private func count(
    _ ids: UnsafeBufferPointer<Int32>, of tokens: UnsafeBufferPointer<Int32>?
  ) {
    let idCount = idCount
    if starts.count <= idCount { starts = Array(repeating: 0, count: idCount + 1) }
    if distinct.count < idCount { distinct = Array(repeating: 0, count: idCount) }
    // Lists of a class cost 350 instructions a token here, pointers to them 10.
    distinctCount = starts.withUnsafeMutableBufferPointer { starts in
      distinct.withUnsafeMutableBufferPointer { distinct in
        order.withUnsafeMutableBufferPointer { order in
          starts.update(repeating: 0)
          for id in ids where id >= 0 { starts[Int(id) + 1] += 1 }
          var carried = 0
          for id in 0..<idCount {
            if starts[id + 1] > 0 {
              distinct[carried] = Int32(id)
              carried += 1
            }
            starts[id + 1] += starts[id]
          }
          // `starts[id]` walks to the end of its run and is moved back one place afterwards.
          for (index, id) in ids.enumerated() where id >= 0 {
            let place = Int(starts[Int(id)])
            order[place] = tokens?[index] ?? Int32(index)
            starts[Int(id)] += 1
          }
          for id in stride(from: idCount, to: 0, by: -1) { starts[id] = starts[id - 1] }
          starts[0] = 0
          return carried
        }
      }
    }
  }

  private func sort(
    _ ids: UnsafeBufferPointer<Int32>, of tokens: UnsafeBufferPointer<Int32>?
  ) {
    if distinct.count < ids.count { distinct = Array(repeating: 0, count: ids.count) }
    if runs.count <= ids.count { runs = Array(repeating: 0, count: ids.count + 1) }
    let sorted = sorter.sorted(ids, below: idCount)
    var count = 0
    distinct.withUnsafeMutableBufferPointer { distinct in
      runs.withUnsafeMutableBufferPointer { runs in
        order.withUnsafeMutableBufferPointer { order in
          for (place, index) in sorted.enumerated() {
            let id = ids[Int(index)]
            if count == 0 || distinct[count - 1] != id {
              distinct[count] = id
              runs[count] = Int32(place)
              count += 1
            }
            order[place] = tokens?[Int(index)] ?? index
          }
          runs[count] = Int32(sorted.count)
        }
      }
    }
    distinctCount = count
  }

  package func tokens(of id: Int) -> ArraySlice<Int32> {
    guard isSparse else { return order[Int(starts[id])..<Int(starts[id + 1])] }
    let place = position(of: id)
    guard place < distinctCount, distinct[place] == id else { return [] }
    return order[Int(runs[place])..<Int(runs[place + 1])]
  }

  /// The ids in `range` that some token carries, ascending.
  package func distinctIDs(in range: Range<Int>) -> ArraySlice<Int32> {
    distinct[position(of: range.lowerBound)..<position(of: range.upperBound)]
  }

  /// Calls `body` with each id in `range` that some token carries, ascending, and its tokens: faster than to
  /// ask for one after the other.
  @inline(__always)
  func forEachID(in range: Range<Int>, _ body: (Int, UnsafeBufferPointer<Int32>) -> Void) {
    let places = position(of: range.lowerBound)..<position(of: range.upperBound)
    let isSparse = isSparse
    distinct.withUnsafeBufferPointer { distinct in
      (isSparse ? runs : starts).withUnsafeBufferPointer { starts in
        order.withUnsafeBufferPointer { order in
          for place in places {
            let id = Int(distinct[place])
            let first = isSparse ? place : id
            let run = Int(starts[first])..<Int(starts[first + 1])
            body(id, UnsafeBufferPointer(rebasing: order[run]))
          }
        }
      }
    }
  }

  /// The place of the first carried id that is not below `id`.
  private func position(of id: Int) -> Int {
    var (low, high) = (0, distinctCount)
    while low < high {
      let middle = (low + high) / 2
      if distinct[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Sorts by eleven bits at a time, from the lowest on; equal numbers keep their order.
private struct RadixSorter {
  private var places = AlignedBuffer<Int32>(count: 0)
  private var others = AlignedBuffer<Int32>(count: 0)
  private let counts = AlignedBuffer<Int32>(count: 1 << bits)
  private static var bits: Int { 11 }

  /// The places of all numbers that are not negative, in the order of the numbers; until the next call.
  mutating func sorted(
    _ ids: UnsafeBufferPointer<Int32>, below limit: Int
  ) -> UnsafeBufferPointer<Int32> {
    if places.count < ids.count {
      places = AlignedBuffer(count: ids.count)
      others = AlignedBuffer(count: ids.count)
    }
    var (places, others, counts) = (places.base, others.base, counts.base)
    var count = 0
    for (index, id) in ids.enumerated() where id >= 0 {
      places[count] = Int32(index)
      count += 1
    }
    for shift in stride(from: 0, to: Int.bitWidth - limit.leadingZeroBitCount, by: Self.bits) {
      counts.update(repeating: 0, count: 1 << Self.bits)
      func digit(at place: Int32) -> Int { Int(ids[Int(place)] >> shift) & (1 << Self.bits - 1) }
      for index in 0..<count { counts[digit(at: places[index])] += 1 }
      var sum: Int32 = 0
      for digit in 0..<1 << Self.bits { (counts[digit], sum) = (sum, sum + counts[digit]) }
      for index in 0..<count {
        let digit = digit(at: places[index])
        others[Int(counts[digit])] = places[index]
        counts[digit] += 1
      }
      swap(&places, &others)
    }
    return UnsafeBufferPointer(start: places, count: count)
  }
}
