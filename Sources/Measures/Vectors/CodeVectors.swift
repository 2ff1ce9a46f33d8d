import Compute
import Corpora
import Foundation
import Interchange
import Parallel

/// Vectors with names: what sequences became, to be written, read and searched.
package struct CodeVectors: Sendable, Equatable {
  /// One a vector, each one line.
  package let names: [String]
  package let columns: Int
  /// `[count, columns]`.
  package let values: [Float]

  package init(names: [String], columns: Int, values: [Float]) {
    precondition(values.count == names.count * columns, "\(values.count) numbers")
    self.names = names
    self.columns = columns
    self.values = values
  }

  package var count: Int { names.count }

  package subscript(index: Int) -> ArraySlice<Float> {
    values[index * columns..<(index + 1) * columns]
  }

  /// The vectors of some names, in their order; nil if one has none.
  package func subset(named wanted: [String]) -> CodeVectors? {
    let places = Dictionary(zip(names, names.indices)) { first, _ in first }
    let indices = wanted.compactMap { places[$0] }
    guard indices.count == wanted.count else { return nil }
    return CodeVectors(names: wanted, columns: columns, values: indices.flatMap { self[$0] })
  }

  // MARK: Retrieval

  /// A vector found near another.
  package struct Neighbour: Sendable, Equatable {
    package let index: Int
    /// The cosine of the angle between the two, from -1 to 1; 0 where one of them is zero.
    package let similarity: Double
  }

  /// The `limit` vectors nearest to `query` by cosine, nearest first; equals in their order.
  ///
  /// Cost: one product of all vectors with the query, shared by the team.
  package func nearest(
    to query: ArraySlice<Float>, limit: Int, team: WorkerTeam
  ) -> [Neighbour] {
    precondition(query.count == columns, "\(query.count) numbers, the vectors have \(columns)")
    let similarities = similarities(to: Array(query), team)
    return similarities.indices.sorted {
      (similarities[$1], $0) < (similarities[$0], $1)
    }.prefix(limit).map { Neighbour(index: $0, similarity: similarities[$0]) }
  }

  /// All vectors but `index`, nearest to it by cosine first; equals in their order.
  package func others(nearestTo index: Int) -> [Int] {
    let similarities = names.indices.map { cosine(self[index], self[$0]) }
    return names.indices.filter { $0 != index }.sorted {
      (similarities[$1], $0) < (similarities[$0], $1)
    }
  }

  private func similarities(to query: [Float], _ team: WorkerTeam) -> [Double] {
    let result = AlignedBuffer<Double>(count: count)
    let (values, columns, count) = (values, columns, count)
    team.run { worker in
      for index in worker.share(of: count) {
        result.base[index] = cosine(
          values[index * columns..<(index + 1) * columns], query[...])
      }
    }
    return Array(result.elements.prefix(count))
  }
}

/// The cosine of the angle between two vectors, 0 where one is zero. Formed in double precision.
private func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
  var (product, squareA, squareB) = (0.0, 0.0, 0.0)
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      for i in 0..<min(a.count, b.count) {
        let (x, y) = (Double(a[i]), Double(b[i]))
        product += x * y
        squareA += x * x
        squareB += y * y
      }
    }
  }
  let norm = (squareA * squareB).squareRoot()
  return norm > 0 ? product / norm : 0
}
