import Runs
import Testing

@Suite struct RecordIntervalTests {
  private func due(_ interval: RecordInterval, _ updates: ClosedRange<Int>) -> [Int] {
    updates.filter(interval.isDue)
  }

  @Test func longRunsAreThinnedByThemselves() {
    let interval = RecordInterval.automatic
    #expect(due(interval, 1...9_999).count == 9_999)
    #expect(due(interval, 10_000...99_999).count == 9_000)
    #expect(due(interval, 100_000...999_999).count == 9_000)
    #expect(due(interval, 9_998...10_020) == [9_998, 9_999, 10_000, 10_010, 10_020])
    #expect(due(interval, 99_985...100_250) == [99_990, 100_000, 100_100, 100_200])
  }

  @Test func orAsIsAskedFor() {
    #expect(due(RecordInterval(every: 7), 1...30) == [7, 14, 21, 28])
    #expect(due(RecordInterval(every: 1), 20_001...20_003).count == 3)
  }

  @Test(arguments: [0, 1, 7, 1000])
  func theNextIsTheNextThatIsDue(every: Int) {
    let interval = RecordInterval(every: every)
    for start in [0, 1, 6, 7, 9_999, 10_000, 10_001, 99_999, 100_000, 123_456] {
      let next = interval.next(after: start)
      #expect(next > start && due(interval, start + 1...next) == [next])
    }
  }
}
