import Compute

/// Biases, gains or peepholes, one number a row, in gate order with zero padding, or the sum of two: what
/// a product starts from.
package final class PackedVector<S: MatrixElement>: Derived {
  package let layout: PanelLayout
  private let vectors: [Parameter<S>]
  private let blocks: Range<Int>
  private let row: AlignedBuffer<S>

  package init(_ vectors: [Parameter<S>], blocks: Range<Int>? = nil, in store: ParameterStore<S>) {
    precondition(
      !vectors.isEmpty && vectors.allSatisfy { $0.layout.units == vectors[0].layout.units })
    let blocks = blocks ?? 0..<vectors[0].layout.blocks
    self.vectors = vectors
    self.blocks = blocks
    layout = PanelLayout(blocks: blocks.count, units: vectors[0].layout.units)
    row = AlignedBuffer(count: layout.columnCount)
    store.add(derived: self)
  }

  /// `layout.columnCount` values.
  package var values: UnsafePointer<S> { UnsafePointer(row.base) }

  package var order: DerivationOrder { .fromParameters }
  package var partCount: Int { 1 }
  package var byteCount: Int { row.byteCount }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func derive(parts: Range<Int>) {
    guard !parts.isEmpty else { return }
    let first = blocks.lowerBound * layout.units
    row.base.clear(count: layout.columnCount)
    for vector in vectors {
      let values = vector.value + first
      for column in 0..<layout.columnCount {
        if let index = layout.row(atColumn: column) { row.base[column] += values[index] }
      }
    }
  }

  /// Writes the numbers of `columns`, nil for all, to rows `range` of `y`.
  package func write(to y: Matrix<S>, _ range: Range<Int>, columns: Range<Int>? = nil) {
    let columns = columns ?? 0..<layout.columnCount
    let (first, count) = (columns.lowerBound, columns.count)
    for index in range { (y.row(index) + first).update(from: row.base + first, count: count) }
  }
}
