import Compute
import Runs
import Testing

/// What is read by examples tells how many of them are read.
@Suite struct EngineActivityTests {
  @Test(arguments: [(1, 5), (7, 3), (200, 64)])
  func batchesAreCounted(count: Int, size: Int) {
    let lengths = (0..<count).map { 1 + $0 * 7 % 13 }
    var told = [Int]()
    Activity.run("reading for this test \(count)") { outer in
      lengths.forEachBatchByLength(size) { _ in
        let open = ActivityList.open.activities
        guard let place = open.firstIndex(where: { $0 === outer }) else { return }
        // Other tests have activities of their own.
        let inner = open[place...].first { $0.total == count && $0.verb == nil }
        told.append(inner?.done ?? -1)
      }
    }
    #expect(told == Array(stride(from: 0, to: count, by: size)))
  }

  /// A disk is asked for each group once, in turn, before the one in front of it is read.
  @Test(arguments: [(1, 5), (7, 3), (13, 4)])
  func batchesAreExpectedOneAhead(count: Int, size: Int) {
    let lengths = (0..<count).map { 1 + $0 * 7 % 13 }
    var (expected, read) = ([Int](), [Int]())
    lengths.forEachBatchByLength(size, expecting: { expected += $0 }) {
      read += $0
      #expect(expected.count == min(count, read.count + size))
    }
    #expect(expected == read && read.sorted() == Array(0..<count))
  }
}
