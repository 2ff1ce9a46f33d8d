import Compute
import Parallel

/// How well vectors find their own kind: every item is a query, and all others are ranked by the cosine
/// to it.
package struct RetrievalScores: Sendable, Equatable {
  /// The mean over queries of average precision: of the share of right items among the first k, taken
  /// at every k at which a right one stands. 1 is perfect.
  package let meanAveragePrecision: Double
  /// Queries whose nearest item is right, as a share.
  package let precisionAtOne: Double
  /// Items whose label another item has too: the others have nothing to find.
  package let queryCount: Int

  /// Nil if no two items have the same label.
  ///
  /// Items of equal similarity are ranked in their order. Cost: a cosine for every pair and a sort for
  /// every query, shared by the team; one query's result depends on no other.
  package init?(_ vectors: CodeVectors, labels: [String], team: WorkerTeam) {
    precondition(labels.count == vectors.count, "\(labels.count) labels")
    var ids: [String: Int32] = [:]
    let classes = labels.map { label -> Int32 in
      let id = ids[label] ?? Int32(ids.count)
      ids[label] = id
      return id
    }
    let count = vectors.count
    // Average precision, or -1 without anything to find; and whether the nearest is right.
    let results = AlignedBuffer<Double>(count: 2 * count)
    team.run { worker in
      for query in stride(from: worker.index, to: count, by: worker.count) {
        let order = vectors.others(nearestTo: query)
        var (found, sum) = (0, 0.0)
        for (rank, index) in order.enumerated() where classes[index] == classes[query] {
          found += 1
          sum += Double(found) / Double(rank + 1)
        }
        results.base[2 * query] = found > 0 ? sum / Double(found) : -1
        results.base[2 * query + 1] =
          order.first.map { classes[$0] == classes[query] } == true ? 1 : 0
      }
    }
    let queries = (0..<count).filter { results.base[2 * $0] >= 0 }
    guard !queries.isEmpty else { return nil }
    queryCount = queries.count
    meanAveragePrecision = queries.reduce(0) { $0 + results.base[2 * $1] } / Double(queries.count)
    precisionAtOne = queries.reduce(0) { $0 + results.base[2 * $1 + 1] } / Double(queries.count)
  }
}
