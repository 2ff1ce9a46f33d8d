import TestSupport
import Testing
import Unroll

/// Lists that several threads work on come out as one thread would have it.
@Suite struct OrderedWorkTests {
  @Test(arguments: [1, 2, 5], [0, 1, 12, 13, 1000])
  func resultsComeInOrder(threads: Int, count: Int) throws {
    var taken: [Int] = []
    try OrderedWork.run(over: count, stretch: 12, threads: threads) { stretch in
      // The first of a round are the last to be done.
      for _ in 0..<(stretch.lowerBound.isMultiple(of: 24) ? 2000 : 0) { _ = stretch.reversed() }
      return stretch.map { 3 * $0 }
    } take: {
      taken += $0
    }
    #expect(taken == (0..<count).map { 3 * $0 })
  }

  /// What fails first in the list is told, whichever was found first.
  @Test(arguments: [1, 4]) func theFirstFailureIsTold(threads: Int) throws {
    for _ in 0..<20 {
      var taken = 0
      expectUserError(saying: "element 40") {
        try OrderedWork.run(over: 100, stretch: 10, threads: threads) { stretch in
          for place in stretch where place == 40 || place > 50 {
            throw UserError("element \(place)")
          }
          return stretch.count
        } take: {
          taken += $0
        }
      }
      #expect(taken == 40)
    }
  }

  /// More texts than a piece holds.
  @Test(arguments: [TokenKind.word, .character])
  func aVocabularyDoesNotDependOnThreads(kind: TokenKind) throws {
    let random = RandomStream(seed: 3, purpose: .generator)
    let texts = (0..<40_000).map { row in
      (0..<2).map { "W\(random.word(row: row, index: $0) % 5000)" }.joined(separator: " ")
    }
    let limits = VocabularyLimits(size: 900, minimumCount: 2)
    let alone = try Vocabulary.of(texts.map { $0.lowercased() }, kind: kind, limits: limits)
    #expect(alone.count > 10)
    for threads in [1, 3] {
      let shared = try Vocabulary.of(texts, kind: kind, limits: limits, threads: threads) {
        $0.lowercased()
      }
      #expect(shared == alone)
    }
  }
}
