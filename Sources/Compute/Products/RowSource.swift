/// The rows of an operand that lies in several pieces: time steps with fewer and fewer active rows,
/// or states shifted by one step. The order of the rows is the order in which pieces are appended.
///
/// A view: it owns no row. Kept and refilled (`removeAll`), it allocates nothing in the long run.
///
/// `@unchecked Sendable`: workers only read the rows, after the barrier that ends their writing.
package struct RowSource<S: MatrixElement>: @unchecked Sendable {
  struct Segment {
    var rows: UnsafePointer<S>
    var count: Int
  }

  private(set) var segments: [Segment] = []
  /// Elements from one row to the next, in every piece.
  package let stride: Int
  package private(set) var rowCount = 0

  package init(stride: Int, reservingSegments capacity: Int = 1) {
    self.stride = stride
    segments.reserveCapacity(capacity)
  }

  /// One piece.
  package init(_ rows: UnsafePointer<S>, stride: Int, rowCount: Int) {
    self.init(stride: stride)
    append(rows, rowCount: rowCount)
  }

  /// Adds `rowCount` rows after those that are there. Pieces that touch become one.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package mutating func append(_ rows: UnsafePointer<S>, rowCount count: Int) {
    guard count > 0 else { return }
    rowCount += count
    if let last = segments.last, last.rows + last.count * stride == rows {
      segments[segments.count - 1].count += count
    } else {
      segments.append(Segment(rows: rows, count: count))
    }
  }

  /// Adds the rows of `other`, which has the same stride, after those that are there.
  package mutating func append(_ other: RowSource) {
    precondition(other.stride == stride, "rows \(other.stride) apart after rows \(stride) apart")
    for segment in other.segments { append(segment.rows, rowCount: segment.count) }
  }

  package mutating func removeAll() {
    segments.removeAll(keepingCapacity: true)
    rowCount = 0
  }

  /// Writes the addresses of rows `start ..< start + count`.
  func pointers(from start: Int, count: Int, into list: UnsafeMutablePointer<UnsafePointer<S>?>) {
    var skip = start
    var written = 0
    for segment in segments where written < count {
      if skip >= segment.count {
        skip -= segment.count
        continue
      }
      let taken = min(segment.count - skip, count - written)
      for i in 0..<taken { list[written + i] = segment.rows + (skip + i) * stride }
      written += taken
      skip = 0
    }
    precondition(written == count, "rows \(start)..<\(start + count) of \(rowCount)")
  }
}
