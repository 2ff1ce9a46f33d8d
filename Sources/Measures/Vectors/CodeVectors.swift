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

  // MARK: Files

  /// The names that stand beside the vectors in `url`: `vectors.npy` → `vectors.txt`.
  package static func namesFile(of url: URL) -> URL {
    url.deletingPathExtension().appendingPathExtension("txt")
  }

  /// Writes `vectors.npy` and, beside it, the names as `vectors.txt`, one a line.
  package func write(to url: URL) throws {
    guard url.pathExtension.lowercased() != "txt" else {
      throw UserError.usage(
        "'\(url.relativePath)' is what the file of names is called",
        hint: "name the vectors with .npy")
    }
    try AtomicFile.write(
      names.map { "\($0)\n" }.joined(), to: Self.namesFile(of: url))
    try NPYFile(rows: count, columns: columns, values: values).write(to: url)
  }

  /// Writes lines `name<TAB>number<TAB>…`; blanks stand for tabs in names.
  package func writeTable(to url: URL) throws {
    try AtomicFile.write(to: url) { writer in
      for index in 0..<count {
        let name = names[index].replacing("\t", with: " ")
        try writer.append(
          name + "\t" + self[index].map { "\($0)" }.joined(separator: "\t") + "\n")
      }
    }
  }

  /// Reads what `write` wrote. Throws a `UserError` that names the file.
  package init(contentsOf url: URL) throws {
    let file = try NPYFile(contentsOf: url)
    let namesFile = Self.namesFile(of: url)
    let text: String
    do {
      text = try String(contentsOf: namesFile, encoding: .utf8)
    } catch {
      throw UserError(
        "cannot read '\(namesFile.relativePath)', the names of the vectors in "
          + "'\(url.lastPathComponent)': \(error.localizedDescription)",
        hint: "keep the two files beside each other, as unroll embed writes them")
    }
    var names = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(
      String.init)
    if names.last?.isEmpty == true { names.removeLast() }
    guard names.count == file.rows else {
      throw UserError(
        "'\(namesFile.relativePath)' holds \(names.count) names, but '\(url.relativePath)' "
          + "\(file.rows) vectors", hint: "write both again with unroll embed")
    }
    guard file.values.allSatisfy(\.isFinite) else {
      throw UserError("'\(url.relativePath)' holds numbers that are not finite")
    }
    self.init(names: names, columns: file.columns, values: file.values)
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
