/// A view of a row-major matrix in memory that somebody else owns.
///
/// Rows start `stride` elements apart. Columns from `columns` up to the next multiple of 16 exist and
/// are written with something finite by whoever writes the row; kernels load and store whole vectors.
public struct Matrix<S: MatrixElement>: @unchecked Sendable {
  // Sendable as its owner is: see `AlignedBuffer` and `Arena`, which say who writes when.
  public let base: UnsafeMutablePointer<S>
  public let rows: Int
  public let columns: Int
  public let stride: Int

  @inlinable
  public init(base: UnsafeMutablePointer<S>, rows: Int, columns: Int, stride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// Columns rounded up to whole vectors, and moved off multiples of 1 KiB, where rows would meet
  /// in the same cache sets.
  @inlinable
  public static func stride(forColumns columns: Int) -> Int {
    let rounded = (columns + 15) & ~15
    return rounded % 256 == 0 ? rounded + 16 : rounded
  }

  @inlinable
  public func row(_ index: Int) -> UnsafeMutablePointer<S> { base + index * stride }

  /// The rows in `range`, as a matrix of their own.
  @inlinable
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(base: row(range.lowerBound), rows: range.count, columns: columns, stride: stride)
  }

  @inlinable
  public subscript(row: Int, column: Int) -> S {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  /// Writes `value` to every column, padding included.
  @specialized(where S == Float)
  @specialized(where S == Double)
  public func fill(_ value: S) {
    for index in 0..<rows { row(index).update(repeating: value, count: min(stride, paddedColumns)) }
  }

  /// Columns with padding.
  @inlinable
  public var paddedColumns: Int { (columns + 15) & ~15 }

  /// Copies all rows of `other`, padding included. Shapes must be equal.
  public func copy(from other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "[\(rows), \(columns)] from [\(other.rows), \(other.columns)]")
    for index in 0..<rows { row(index).update(from: other.row(index), count: paddedColumns) }
  }

  /// A row without padding.
  public func numbers(ofRow index: Int) -> [S] {
    Array(UnsafeBufferPointer(start: row(index), count: columns))
  }

  /// All values, row after row, without padding.
  public var values: [S] {
    var result: [S] = []
    result.reserveCapacity(rows * columns)
    for index in 0..<rows {
      result.append(contentsOf: UnsafeBufferPointer(start: row(index), count: columns))
    }
    return result
  }

  /// Replaces all values; `values.count` is `rows * columns`.
  public func assign(_ values: [S]) {
    precondition(values.count == rows * columns, "\(values.count) values for [\(rows), \(columns)]")
    values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      for index in 0..<rows { row(index).update(from: start + index * columns, count: columns) }
    }
  }
}
