import Compute
import Parallel

/// A sequence of tags, and how probable it is.
package struct ScoredPath: Sendable, Equatable {
  package let tags: [Int32]
  /// ln p among all sequences that are allowed.
  package let logProbability: Double
}

/// One of the best ways to a tag: the tag before, and which of its ways.
private struct Way {
  let score: Double
  let previous: Int
  let rank: Int
}

extension ChainDecoder {
  /// Tags that know nothing of each other: a softmax for each token.
  package init(independent tagCount: Int) {
    self.tagCount = tagCount
    start = Array(repeating: 0, count: tagCount)
    end = start
    transitions = Array(repeating: 0, count: tagCount * tagCount)
  }

  /// The `count` most probable sequences of tags, the best first; fewer where fewer are allowed.
  ///
  /// - emissions `[tokens of layout, tags]`
  ///
  /// Of equal ones the one with lower tags before comes first. In Double. Cost: length · tags² · count.
  /// Source: Seshadri & Sundberg, "List Viterbi Decoding Algorithms with Applications" (1994).
  package func bestPaths(
    _ emissions: Matrix<S>, _ layout: SequenceLayout, row: Int, count: Int
  ) -> [ScoredPath] {
    let (tags, length) = (tagCount, layout.lengths[row])
    guard length > 0 else { return [] }
    func emission(_ step: Int, _ tag: Int) -> Double {
      Double(emissions[layout.offsets[step] + row, tag])
    }
    func best(_ ways: [Way]) -> [Way] {
      // Sorting is stable: equal ones stay in order of the tag before.
      Array(ways.filter { $0.score > -.infinity }.sorted { $0.score > $1.score }.prefix(count))
    }
    /// Those that come from `last`, with what it costs to go on from each of its tags.
    func continued(_ last: [[Way]], _ cost: (Int) -> Double) -> [Way] {
      var ways: [Way] = []
      for previous in 0..<tags {
        let cost = cost(previous)
        for (rank, way) in last[previous].enumerated() {
          ways.append(Way(score: way.score + cost, previous: previous, rank: rank))
        }
      }
      return best(ways)
    }
    var sums = (0..<tags).map { Double(start[$0]) + emission(0, $0) }
    var ways = [sums.map { best([Way(score: $0, previous: -1, rank: 0)]) }]
    for step in 1..<max(length, 1) {
      let (last, before) = (ways[step - 1], sums)
      ways.append(
        (0..<tags).map { tag in
          continued(last) { Double(transitions[$0 * tags + tag]) + emission(step, tag) }
        })
      for tag in 0..<tags {
        sums[tag] =
          emission(step, tag)
          + logSumExp(count: tags) { before[$0] + Double(transitions[$0 * tags + tag]) }
      }
    }
    let total = logSumExp(count: tags) { sums[$0] + Double(end[$0]) }
    let finals = continued(ways[length - 1]) { Double(end[$0]) }
    return finals.map { final in
      var path = [Int32](repeating: 0, count: length)
      var (tag, rank) = (final.previous, final.rank)
      for step in (0..<length).reversed() {
        path[step] = Int32(tag)
        let way = ways[step][tag][rank]
        (tag, rank) = (way.previous, way.rank)
      }
      return ScoredPath(tags: path, logProbability: final.score - total)
    }
  }
}
