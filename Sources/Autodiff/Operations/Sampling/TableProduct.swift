import Compute

/// `s = W · x + b` of all rows of a table W, for some rows x at a time: part after part of W, which is
/// multiplied where it lies.
///
/// In f32 also where training is in bf16.
struct TableProduct<S: MatrixElement> {
  let table: Parameter<S>
  /// `[rows, 1]`.
  let bias: Parameter<S>

  /// Rows of W in a part.
  private static var part: Int { 512 }
  /// Rows x in a block.
  static var block: Int { 64 }

  /// Calls `body` with each part of W: its rows, and s of them `[rows of W, width]`, whose columns are the
  /// rows of `x` in `ranges`, which are at most `block`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forEachPart(
    _ x: Matrix<S>, _ ranges: [Range<Int>],
    _ body: (_ rows: Range<Int>, _ s: UnsafeMutablePointer<S>, _ width: Int) -> Void
  ) {
    let depth = table.columns
    let count = ranges.reduce(0) { $0 + $1.count }
    precondition(count <= Self.block, "\(count) rows at a time")
    // One row, in sampling, wants no tile of 64.
    let width = count <= PanelLayout.lane ? PanelLayout.lane : Self.block
    let operand = AlignedBuffer<S>(count: width * depth)
    var place = 0
    for row in ranges.joined() {
      (operand.base + place * depth).update(from: x.row(row), count: depth)
      place += 1
    }
    let packed = PackedWeights<S>(depth: depth, layout: PanelLayout(units: width))
    packed.pack(transposing: operand.base, stride: depth, groups: 0..<width / PanelLayout.lane)
    let s = AlignedBuffer<S>(count: Self.part * width)
    for start in stride(from: 0, to: table.rows, by: Self.part) {
      let rows = start..<min(start + Self.part, table.rows)
      for (index, row) in rows.enumerated() {
        (s.base + index * width).update(repeating: bias.value[row], count: width)
      }
      packed.multiply(
        rows: rows.count, LeftOperand(table.value + start * depth, stride: depth), into: s.base,
        stride: width, adding: true)
      body(rows, s.base, width)
    }
  }
}
