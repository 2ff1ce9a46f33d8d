import Autodiff
import Compute
import Corpora
import Parallel

// The way in which everything is read that is read once: many examples at a time, their rows shared by
// the team.

extension ForwardPass {
  /// Reads examples of these lengths, longest first and equal lengths in their order.
  ///
  /// - Parameters:
  ///   - size: examples at a time.
  ///   - expect: told of those that will be read soon.
  ///   - record: puts some examples on the tape; nothing is read of them but what it returns.
  ///   - visit: called with the examples once they have been read, and no more when the team is
  ///     cancelled. Memory stays until the next.
  public func read<Lengths: RandomAccessCollection<Int>, Recorded>(
    _ lengths: Lengths, size: Int = 64, expecting expect: ([Int]) -> Void = { _ in },
    record: (_ rows: [Int], Tape<S>) -> Recorded,
    visit: (_ rows: [Int], Recorded) -> Void
  ) where Lengths.Index == Int {
    lengths.forEachBatchByLength(size, expecting: expect) { rows in
      guard !isCancelled else { return }
      let recorded = read { record(rows, $0) }
      // Told to stop meanwhile, it may have computed nothing.
      if !isCancelled { visit(rows, recorded) }
    }
  }

  /// What is made of each example, in their order; of all of them, also when the team is cancelled.
  ///
  /// - Parameter result: of the example in a row.
  public func results<Lengths: RandomAccessCollection<Int>, Recorded, Result>(
    _ lengths: Lengths, size: Int = 64, record: (_ rows: [Int], Tape<S>) -> Recorded,
    result: (_ row: Int, Recorded) -> Result
  ) -> [Result] where Lengths.Index == Int {
    var results = [Result?](repeating: nil, count: lengths.count)
    lengths.forEachBatchByLength(size) { rows in
      let recorded = read { record(rows, $0) }
      for (row, example) in rows.enumerated() { results[example] = result(row, recorded) }
    }
    return results.compactMap(\.self)
  }
}

extension RandomAccessCollection<Int> where Index == Int {
  /// Calls `body` with groups of at most `size` indices of these lengths, longest first and equal lengths in
  /// their order.
  ///
  /// - Parameter expect: told of a group while the one before it is read, so that a disk can fetch it meanwhile.
  package func forEachBatchByLength(
    _ size: Int = 64, expecting expect: ([Int]) -> Void = { _ in },
    _ body: ([Int]) throws -> Void
  ) rethrows {
    let order = longestFirst
    func group(at start: Int) -> [Int] { order.dropFirst(start).prefix(size).map(Int.init) }
    try Activity.run(total: order.count) { reading in
      var next = group(at: 0)
      expect(next)
      for start in stride(from: 0, to: order.count, by: size) {
        let rows = next
        next = group(at: start + size)
        expect(next)
        try body(rows)
        reading.advance(by: rows.count)
      }
    }
  }
}
