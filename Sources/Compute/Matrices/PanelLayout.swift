/// How the rows of a weight matrix `[blocks * units, depth]` become columns of a product.
///
/// A gated layer has `blocks` gates of `units` hidden units each; PyTorch keeps the gates one below
/// the other. The product wants the gates of the same 16 units side by side, so that one panel
/// finishes them together: column order is (group of 16 units, block, unit in the group).
///
///     rows of W     i0 … iH-1 | f0 … fH-1 | g0 … gH-1 | o0 … oH-1
///     columns       i0…i15 f0…f15 g0…g15 o0…o15 | i16…i31 f16…f31 …
///
/// Units are padded to a multiple of 16; a padding column has zero weights. One block is the plain
/// order of an ordinary linear layer.
public struct PanelLayout: Sendable, Hashable {
  /// Columns of one vector group; every panel width is a multiple of it.
  public static let lane = 16

  @usableFromInline package let blocks: Int
  @usableFromInline package let units: Int

  package init(blocks: Int = 1, units: Int) {
    precondition((1...4).contains(blocks) && units > 0, "blocks \(blocks), units \(units)")
    self.blocks = blocks
    self.units = units
  }

  /// Rows of the weight matrix.
  package var rowCount: Int { blocks * units }
  /// Groups of 16 units.
  package var groupCount: Int { (units + Self.lane - 1) / Self.lane }
  /// Units with padding.
  package var paddedUnits: Int { groupCount * Self.lane }
  /// Columns of the product with padding.
  @usableFromInline package var columnCount: Int { blocks * paddedUnits }
  /// Groups of 16 units in one panel: 4, 2, 1, 1 for 1, 2, 3, 4 blocks.
  package var groupsPerPanel: Int { 4 / blocks }
  /// Columns in one panel: 64, or 48 for three blocks.
  @usableFromInline package var panelWidth: Int { groupsPerPanel * blocks * Self.lane }
  package var panelCount: Int { (columnCount + panelWidth - 1) / panelWidth }

  /// The columns of `panel`; the last panel may be narrower.
  @inlinable
  public func columns(ofPanel panel: Int) -> Range<Int> {
    let start = panel * panelWidth
    return start..<min(start + panelWidth, columnCount)
  }

  /// The row of W that stands at `column`, or nil for padding.
  @inlinable
  public func row(atColumn column: Int) -> Int? {
    let (group, inGroup) = column.quotientAndRemainder(dividingBy: blocks * Self.lane)
    let (block, lane) = inGroup.quotientAndRemainder(dividingBy: Self.lane)
    let unit = group * Self.lane + lane
    return unit < units ? block * units + unit : nil
  }
}
