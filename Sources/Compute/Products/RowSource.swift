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
  /// Those among their rows that the source has; nil for all.
  private(set) var selection: [Int32]?
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
    precondition(selection == nil, "rows after a selection")
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
    if selection != nil {
      let own = self
      removeAll()
      append(own)
    }
    guard other.selection != nil else {
      for segment in other.segments { append(segment.rows, rowCount: segment.count) }
      return
    }
    withUnsafeTemporaryAllocation(of: UnsafePointer<S>?.self, capacity: other.rowCount) { rows in
      guard let list = rows.baseAddress else { return }
      other.pointers(from: 0, count: other.rowCount, into: list)
      for case let row? in rows { append(row, rowCount: 1) }
    }
  }

  /// Some of its rows, ascending: the list is shared, and nothing is gone through.
  package func selecting(_ rows: [Int32]) -> RowSource {
    precondition(selection == nil, "a selection of a selection")
    var chosen = self
    chosen.selection = rows
    chosen.rowCount = rows.count
    return chosen
  }

  package mutating func removeAll() {
    segments.removeAll(keepingCapacity: true)
    selection = nil
    rowCount = 0
  }

  /// Writes the addresses of rows `start ..< start + count`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func pointers(from start: Int, count: Int, into list: UnsafeMutablePointer<UnsafePointer<S>?>) {
    precondition(start + count <= rowCount, "rows \(start)..<\(start + count) of \(rowCount)")
    if let selection {
      var (segment, first) = (0, 0)
      for i in 0..<count {
        let row = Int(selection[start + i])
        while row >= first + segments[segment].count {
          first += segments[segment].count
          segment += 1
        }
        list[i] = segments[segment].rows + (row - first) * stride
      }
      return
    }
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
  }
}
