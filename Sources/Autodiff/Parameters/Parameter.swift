import Compute

/// A weight matrix, bias or table that training changes.
///
/// Its values sit in the flat buffer of its `ParameterStore`, row-major without padding, named and
/// ordered as PyTorch does. A parameter is cut for the workers in groups of 16 units: group g owns,
/// in each of `layout.blocks` blocks, the rows of units `16 g ..< 16 g + 16`.
public final class Parameter<S: MatrixElement>: @unchecked Sendable {
  // Sendable: all stored properties are constant; the memory is written in disjoint slices.
  public enum Role: Sendable {
    /// Gradient is a product over all tokens.
    case matrix
    /// Gradient is a sum over all tokens.
    case bias
    /// Gradient is a product over a vocabulary: few rows, whatever the number of tokens.
    case vocabulary
    /// Only rows that were looked up have a gradient, and only they are stepped: the others keep
    /// their weights and moments, as with `torch.optim.SparseAdam`. An update costs what its tokens
    /// cost, however large the table is.
    case table
    /// Likewise weight by weight, as with what stands in a table by hash; how long its rows are means nothing.
    case features

    /// Whether only what took part in an update has a gradient and is stepped.
    package var isSparse: Bool { self == .table || self == .features }
  }

  public let name: String
  public let shape: [Int]
  package let role: Role
  package let layout: PanelLayout
  package let initializer: Initializer
  /// For each row, how many elements from its start are zero for good: they are set to zero before
  /// the weights are packed, and so are their gradients. Nil for none.
  package let leadingZeros: [Int]?
  /// The share of a minibatch's tokens, or about it, that its products are over: what divides the work of paying
  /// them, and no number.
  let tokenShare: Double
  /// Position in the store; keys the random numbers of the initialiser.
  package let index: Int
  /// First element in the store's flat buffers.
  package let offset: Int
  private unowned let store: ParameterStore<S>

  init(
    name: String, shape: [Int], role: Role, layout: PanelLayout, initializer: Initializer,
    leadingZeros: [Int]?, tokenShare: Double, index: Int, offset: Int, store: ParameterStore<S>
  ) {
    precondition(
      shape[0] == layout.rowCount, "\(name): \(shape[0]) rows, layout has \(layout.rowCount)")
    precondition(
      leadingZeros.map { $0.count == shape[0] && layout.blocks == 1 } ?? true,
      "\(name): zeros are told for every row of a matrix without gates")
    self.name = name
    self.shape = shape
    self.role = role
    self.layout = layout
    self.initializer = initializer
    self.leadingZeros = leadingZeros
    self.tokenShare = tokenShare
    self.index = index
    self.offset = offset
    self.store = store
  }

  public var rows: Int { shape[0] }
  public var columns: Int { shape.count > 1 ? shape[1] : 1 }
  public var count: Int { rows * columns }
  /// Elements that are not zero for good.
  package var freeCount: Int { count - (leadingZeros ?? []).reduce(0, +) }

  /// `[rows, columns]`, contiguous. The store must have been allocated.
  public var value: UnsafeMutablePointer<S> { store.values.base + offset }
  /// `[rows, columns]`, contiguous.
  package var gradient: UnsafeMutablePointer<S> { store.gradients.base + offset }

  /// A copy of all values, row after row. Whoever sets them packs the store anew.
  public var values: [S] {
    get { Array(UnsafeBufferPointer(start: value, count: count)) }
    set {
      precondition(newValue.count == count, "\(newValue.count) values for \(name) \(shape)")
      newValue.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { value.update(from: start, count: count) }
      }
    }
  }

  /// A copy of the gradient of the last update, row after row. Of a table, rows that took no part have what an
  /// earlier update, or none, left there.
  public var gradients: [S] { Array(UnsafeBufferPointer(start: gradient, count: count)) }

  package var byteCount: Int { count * MemoryLayout<S>.stride }

  /// Whether it is a table so large that its whole gradient would cost memory that an update does not need.
  package var hasFleetingGradient: Bool { role == .table && byteCount >= 256 << 20 }

  /// Gives back the memory of the gradient of rows that `groups` own, where it is fleeting.
  func discardGradient(groups: Range<Int>) {
    guard hasFleetingGradient else { return }
    let run = run(ofGroups: groups, block: 0)
    store.gradients.discard(offset + run.lowerBound..<offset + run.upperBound)
  }

  /// Writes the leading zeros of the rows that `groups` own to `elements`, the parameter's values
  /// or gradients.
  func writeLeadingZeros(to elements: UnsafeMutablePointer<S>, groups: Range<Int>) {
    guard let leadingZeros else { return }
    for row in rows(ofGroups: groups) {
      (elements + row * columns).clear(count: leadingZeros[row])
    }
  }

  /// The rows that `groups` own, of a parameter without gates.
  func rows(ofGroups groups: Range<Int>) -> Range<Int> {
    precondition(layout.blocks == 1, "\(name) has gates")
    let lane = PanelLayout.lane
    return groups.lowerBound * lane..<min(groups.upperBound * lane, rows)
  }

  /// Weights that have a gradient together: a row of a table, or one.
  var entrySize: Int { role == .features ? 1 : columns }

  /// Likewise the entries: see `entrySize`.
  func entries(ofGroups groups: Range<Int>) -> Range<Int> {
    let (rows, entriesPerRow) = (rows(ofGroups: groups), columns / entrySize)
    return rows.lowerBound * entriesPerRow..<rows.upperBound * entriesPerRow
  }

  /// The flat range, relative to this parameter, that `groups` own in `block`.
  package func run(ofGroups groups: Range<Int>, block: Int) -> Range<Int> {
    let first = min(groups.lowerBound * PanelLayout.lane, layout.units)
    let last = min(groups.upperBound * PanelLayout.lane, layout.units)
    let start = block * layout.units
    return (start + first) * columns..<(start + last) * columns
  }
}
