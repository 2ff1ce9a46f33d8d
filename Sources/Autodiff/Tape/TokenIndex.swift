/// For every id, the tokens that carry it, in token order: a counting sort, made once a minibatch.
/// An id may be a word of the vocabulary, or a row of another matrix.
///
/// `@unchecked Sendable`: filled outside parallel regions, only read inside.
package final class TokenIndex: @unchecked Sendable {
  private let idCount: Int
  private var starts: [Int32] = []
  private var order: [Int32] = []
  /// Ids that some token carries, ascending, in the first `distinctCount` places.
  private var distinct: [Int32] = []
  private var distinctCount = 0

  package init(idCount: Int = 0) {
    self.idCount = idCount
  }

  /// Sorts `ids[token]` by id, keeping token order. Tokens with a negative id belong to none. Cost:
  /// O(tokens + ids), no allocation once the largest minibatch has been seen.
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
    let idCount = max(idCount, self.idCount, starts.count - 1)
    if starts.count <= idCount {
      starts = Array(repeating: 0, count: idCount + 1)
      distinct = Array(repeating: 0, count: idCount)
    }
    for index in starts.indices { starts[index] = 0 }
    for id in ids where id >= 0 { starts[Int(id) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    // `starts[id]` walks to the end of its run and is moved back one place afterwards.
    for (index, id) in ids.enumerated() where id >= 0 {
      order[Int(starts[Int(id)])] = tokens?[index] ?? Int32(index)
      starts[Int(id)] += 1
    }
    for index in stride(from: starts.count - 1, to: 0, by: -1) { starts[index] = starts[index - 1] }
    starts[0] = 0
    distinctCount = 0
    for id in distinct.indices where starts[id] < starts[id + 1] {
      distinct[distinctCount] = Int32(id)
      distinctCount += 1
    }
  }

  package func tokens(of id: Int) -> ArraySlice<Int32> {
    order[Int(starts[id])..<Int(starts[id + 1])]
  }

  /// The ids in `range` that some token carries, ascending.
  package func distinctIDs(in range: Range<Int>) -> ArraySlice<Int32> {
    distinct[position(of: range.lowerBound)..<position(of: range.upperBound)]
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
