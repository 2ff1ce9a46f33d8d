import Compute

/// Vectors in memory, a row each: as they are or, once they are many, in half precision.
package struct VectorRows: Sendable {
  package let width: Int
  /// Empty where there are `halves`.
  package private(set) var floats: [Float] = []
  package private(set) var halves: [UInt16]?

  /// Bytes of single precision beyond which half precision is used: 160,000 rows of 100 numbers.
  package static let limit = 64 << 20

  private let limit: Int

  init(width: Int, limit: Int = VectorRows.limit) {
    self.width = width
    self.limit = limit
  }

  package var count: Int { (halves?.count ?? floats.count) / width }

  mutating func append(_ row: [Float]) {
    precondition(row.count == width, "a row of \(row.count) numbers")
    if halves == nil {
      floats += row
      guard 4 * floats.count > limit else { return }
      halves = floats.map(HalfFloat.narrow)
      floats = []
    } else {
      halves?.append(contentsOf: row.lazy.map(HalfFloat.narrow))
    }
  }

  package func row(_ index: Int) -> [Float] {
    let range = index * width..<(index + 1) * width
    return halves?[range].map(HalfFloat.widen) ?? Array(floats[range])
  }
}
