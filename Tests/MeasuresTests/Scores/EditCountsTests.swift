import Foundation
import Measures
import Testing

@Suite struct EditCountsTests {
  private func counts(_ reference: String, _ hypothesis: String) -> [Int] {
    var counts = EditCounts()
    counts.add(reference: Array(reference), hypothesis: Array(hypothesis))
    return [counts.substitutions, counts.deletions, counts.insertions, counts.referenceCount]
  }

  @Test func kindsOfEditsAreTold() {
    #expect(counts("", "") == [0, 0, 0, 0])
    #expect(counts("abc", "abc") == [0, 0, 0, 3])
    #expect(counts("abc", "axc") == [1, 0, 0, 3])
    #expect(counts("abc", "ac") == [0, 1, 0, 3])
    #expect(counts("abc", "abxc") == [0, 0, 1, 3])
    #expect(counts("abc", "") == [0, 3, 0, 3])
    #expect(counts("", "ab") == [0, 0, 2, 0])
    #expect(counts("kitten", "sitting") == [2, 0, 1, 6])
  }

  /// The number of errors is the least over all alignments, found by trying them all.
  @Test func errorsAreTheFewest() {
    func fewest(_ a: ArraySlice<Int>, _ b: ArraySlice<Int>) -> Int {
      guard let x = a.first, let y = b.first else { return a.count + b.count }
      return min(
        fewest(a.dropFirst(), b.dropFirst()) + (x == y ? 0 : 1), fewest(a.dropFirst(), b) + 1,
        fewest(a, b.dropFirst()) + 1)
    }
    for seed in 0..<60 {
      let a = (0..<seed % 6).map { ($0 * 7 + seed) * 13 / 5 % 3 }
      let b = (0..<seed % 7).map { ($0 * 5 + seed) * 11 / 3 % 3 }
      var counts = EditCounts()
      counts.add(reference: a, hypothesis: b)
      #expect(counts.errors == fewest(a[...], b[...]))
      #expect(counts.insertions - counts.deletions == b.count - a.count)
    }
  }

  @Test func ratesAreOverTheWholeCorpus() {
    var counts = EditCounts()
    #expect(counts.rate == 0)
    counts.add(reference: ["one", "two", "three"], hypothesis: ["one", "six"])
    counts.add(reference: ["four"], hypothesis: ["four", "four", "four"])
    #expect(counts.errors == 4 && counts.referenceCount == 4)
    #expect(counts.rate == 1)
    var empty = EditCounts()
    empty.add(reference: [], hypothesis: ["one"])
    #expect(empty.rate == .infinity)
  }
}
