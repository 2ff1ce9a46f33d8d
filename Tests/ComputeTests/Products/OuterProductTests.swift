import Compute
import Testing

/// Owed products and sums: against Double, and the same bits for any slicing.
@Suite struct OuterProductTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let rows: Int, blocks: Int, units: Int, columns: Int
    var layout: PanelLayout { PanelLayout(blocks: blocks, units: units) }
    var testDescription: String { "rows \(rows), \(blocks) x \(units), columns \(columns)" }
  }

  static let shapes = [
    Shape(rows: 0, blocks: 1, units: 3, columns: 5),
    Shape(rows: 1, blocks: 1, units: 1, columns: 1),
    Shape(rows: 2, blocks: 4, units: 16, columns: 16),
    Shape(rows: 3, blocks: 1, units: 65, columns: 33),
    Shape(rows: 255, blocks: 2, units: 33, columns: 64),
    Shape(rows: 257, blocks: 3, units: 20, columns: 65),
    Shape(rows: 300, blocks: 4, units: 19, columns: 47),
    Shape(rows: 515, blocks: 1, units: 150, columns: 79),
    Shape(rows: 21, blocks: 4, units: 5, columns: 1040),
    Shape(rows: 390, blocks: 3, units: 100, columns: 17),
    Shape(rows: 30, blocks: 1, units: 300, columns: 70),
  ]

  /// G and X in three pieces each, with other cuts in G than in X.
  struct Operands {
    let gradients: [Float], inputs: [Float]
    let gradientStride: Int, inputStride: Int
    let rows: Int

    init(_ shape: Shape) {
      rows = shape.rows
      gradientStride = shape.layout.columnCount + 4
      inputStride = shape.columns + 1
      gradients = testNumbers(rows * gradientStride, seed: 11)
      inputs = testNumbers(rows * inputStride, seed: 12)
    }

    func withSources<R>(
      _ body: (_ gradients: RowSource<Float>, _ inputs: RowSource<Float>) -> R
    ) -> R {
      // Pieces that do not touch: each is a copy of its own.
      func pieces(_ x: [Float], _ stride: Int, _ cuts: [Int]) -> [[Float]] {
        zip([0] + cuts, cuts + [rows]).map { Array(x[$0 * stride..<$1 * stride]) }
      }
      let g = pieces(gradients, gradientStride, [rows / 3, rows / 2])
      let x = pieces(inputs, inputStride, [rows / 5, rows - rows / 4])
      return g[0].withUnsafeBufferPointer { g0 in
        g[1].withUnsafeBufferPointer { g1 in
          g[2].withUnsafeBufferPointer { g2 in
            x[0].withUnsafeBufferPointer { x0 in
              x[1].withUnsafeBufferPointer { x1 in
                x[2].withUnsafeBufferPointer { x2 in
                  func source(
                    _ pieces: [UnsafeBufferPointer<Float>], _ stride: Int
                  ) -> RowSource<Float> {
                    var source = RowSource<Float>(stride: stride)
                    for piece in pieces where !piece.isEmpty {
                      source.append(piece.baseAddress!, rowCount: piece.count / stride)
                    }
                    return source
                  }
                  return body(
                    source([g0, g1, g2], gradientStride), source([x0, x1, x2], inputStride))
                }
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: ProductForm.all, shapes)
  func weightGradientMatchesDouble(form: ProductForm, shape: Shape) {
    let operands = Operands(shape)
    let layout = shape.layout
    let initial = testNumbers(layout.rowCount * shape.columns, seed: 13)
    for adding in [false, true] {
      var dW = initial
      operands.withSources { gradients, inputs in
        OuterProduct<Float>(
          layout: layout, columnCount: shape.columns, precision: form.precision,
          kernels: InstructionSet.table(for: form.set)
        ).compute(
          groups: 0..<layout.groupCount, gradients: gradients, inputs: inputs, into: &dW,
          adding: adding, scratch: ProductScratch())
      }
      for column in 0..<layout.columnCount {
        guard let row = layout.row(atColumn: column) else { continue }
        for j in 0..<shape.columns {
          var sum = Sum()
          if adding { sum.add(Double(initial[row * shape.columns + j])) }
          for k in 0..<shape.rows {
            sum.add(
              form.rounded(operands.gradients[k * operands.gradientStride + column])
                * form.rounded(operands.inputs[k * operands.inputStride + j]))
          }
          let computed = dW[row * shape.columns + j]
          #expect(
            sum.admits(computed, terms: shape.rows), "dW[\(row)][\(j)]: \(computed), \(sum)")
        }
      }
    }
  }

  /// Any slicing into ranges of groups, in any order, gives the same bits; so does one piece
  /// instead of three.
  @Test(arguments: ProductForm.all, shapes)
  func slicesDoNotChangeBits(form: ProductForm, shape: Shape) {
    let operands = Operands(shape)
    let layout = shape.layout
    let product = OuterProduct<Float>(
      layout: layout, columnCount: shape.columns, precision: form.precision,
      kernels: InstructionSet.table(for: form.set))
    func bits(_ gradients: RowSource<Float>, _ inputs: RowSource<Float>, slice: Int) -> [UInt32] {
      let scratch = ProductScratch()
      var dW = [Float](repeating: .nan, count: layout.rowCount * shape.columns)
      for start in stride(from: 0, to: layout.groupCount, by: slice).reversed() {
        product.compute(
          groups: start..<min(start + slice, layout.groupCount), gradients: gradients,
          inputs: inputs, into: &dW, adding: false, scratch: scratch)
      }
      return dW.map(\.bitPattern)
    }
    operands.withSources { gradients, inputs in
      let whole = bits(gradients, inputs, slice: layout.groupCount)
      for slice in 1...3 { #expect(bits(gradients, inputs, slice: slice) == whole) }
      let onePiece = bits(
        RowSource(operands.gradients, stride: operands.gradientStride, rowCount: shape.rows),
        RowSource(operands.inputs, stride: operands.inputStride, rowCount: shape.rows),
        slice: layout.groupCount)
      #expect(onePiece == whole)
    }
  }

  /// A slice touches its own rows only.
  @Test(arguments: ProductForm.all)
  func sliceLeavesOtherRowsAlone(form: ProductForm) {
    let shape = Shape(rows: 9, blocks: 4, units: 40, columns: 21)
    let layout = shape.layout
    let operands = Operands(shape)
    var dW = [Float](repeating: 7, count: layout.rowCount * shape.columns)
    operands.withSources { gradients, inputs in
      OuterProduct<Float>(
        layout: layout, columnCount: shape.columns, precision: form.precision,
        kernels: InstructionSet.table(for: form.set)
      ).compute(
        groups: 1..<2, gradients: gradients, inputs: inputs, into: &dW, adding: false,
        scratch: ProductScratch())
    }
    for row in 0..<layout.rowCount {
      let mine = (16..<32).contains(row % shape.units)
      for j in 0..<shape.columns {
        #expect((dW[row * shape.columns + j] == 7) == !mine, "dW[\(row)][\(j)]")
      }
    }
  }

  @Test(arguments: shapes)
  func biasGradientIsOrderedSum(shape: Shape) {
    let operands = Operands(shape)
    let layout = shape.layout
    let initial = testNumbers(layout.rowCount, seed: 14)
    for adding in [false, true] {
      var db = initial
      operands.withSources { gradients, _ in
        for group in (0..<layout.groupCount).reversed() {
          Rows.columnSums(
            of: gradients, layout: layout, groups: group..<group + 1, into: &db, adding: adding)
        }
      }
      for column in 0..<layout.columnCount {
        guard let row = layout.row(atColumn: column) else { continue }
        var sum: Float = adding ? initial[row] : 0
        for k in 0..<shape.rows {
          sum += operands.gradients[k * operands.gradientStride + column]
        }
        #expect(db[row] == sum)
      }
    }
  }
}
