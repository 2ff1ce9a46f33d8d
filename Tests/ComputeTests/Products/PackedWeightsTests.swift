import Compute
import Testing

/// Products with packed weights against sums in Double.
@Suite struct PackedWeightsTests {
  /// A row count, a depth and a layout; together they meet every remainder of every kernel.
  struct Shape: CustomTestStringConvertible, Sendable {
    let rows: Int, depth: Int, layout: PanelLayout
    var testDescription: String {
      "rows \(rows), depth \(depth), \(layout.blocks) x \(layout.units)"
    }
  }

  static let shapes: [Shape] = {
    var shapes: [Shape] = []
    for rows in 1...15 {
      for (blocks, units) in [(1, 1), (1, 15), (1, 16), (1, 17), (1, 64), (1, 65), (1, 100)] {
        let depth = (rows * 7 + units) % 23
        shapes.append(
          Shape(rows: rows, depth: depth, layout: PanelLayout(blocks: blocks, units: units)))
      }
      for (blocks, units) in [(2, 31), (2, 33), (3, 16), (3, 20), (4, 7), (4, 37)] {
        shapes.append(
          Shape(rows: rows, depth: 2 + rows, layout: PanelLayout(blocks: blocks, units: units)))
      }
    }
    for depth in [0, 1, 2, 3, 4, 5, 31, 127, 128, 129, 300] {
      shapes.append(Shape(rows: 33, depth: depth, layout: PanelLayout(units: 113)))
    }
    return shapes
  }()

  /// Some rows of a matrix, in several ranges, as each range on its own; other rows stay as they are.
  @Test(arguments: Set(ProductForm.all.map(\.precision)))
  func rangesOfRowsAreMultipliedAsOnTheirOwn(precision: Precision) {
    let (depth, layout) = (21, PanelLayout(units: 70))
    let scratch = ProductScratch()
    let weights = PackedWeights<Float>(depth: depth, layout: layout, precision: precision)
    weights.pack(
      transposing: testNumbers(layout.rowCount * depth, seed: 2), stride: depth,
      groups: 0..<layout.groupCount)
    func matrix(_ columns: Int, seed: UInt64) -> (AlignedBuffer<Float>, Matrix<Float>) {
      let stride = Matrix<Float>.stride(forColumns: columns)
      let buffer = AlignedBuffer<Float>(count: 9 * stride)
      _ = buffer.elements.update(from: testNumbers(9 * stride, seed: seed))
      return (buffer, Matrix(base: buffer.base, rows: 9, columns: columns, stride: stride))
    }
    let (xBuffer, x) = matrix(depth, seed: 1)
    let (yBuffer, y) = matrix(layout.columnCount, seed: 3)
    let (zBuffer, z) = matrix(layout.columnCount, seed: 3)
    let ranges = [1..<3, 5..<9]
    weights.multiply(x, ranges, into: y, adding: true, scratch: scratch)
    for range in ranges {
      let operand = LeftOperand(
        x.row(range.lowerBound), stride: x.stride, rows: range.count, depth: depth,
        precision: precision, scratch: scratch)
      weights.multiply(
        rows: range.count, operand, into: z.row(range.lowerBound), stride: z.stride, adding: true)
    }
    #expect(yBuffer.elements.elementsEqual(zBuffer.elements))
    withExtendedLifetime((xBuffer, scratch)) {}
  }

  @Test(arguments: ProductForm.all)
  func forwardProductMatchesDouble(form: ProductForm) {
    for shape in Self.shapes {
      let (m, k, layout) = (shape.rows, shape.depth, shape.layout)
      let aStride = k + 3, wStride = k + 1, cStride = layout.columnCount + 5
      let a = testNumbers(m * aStride, seed: 1)
      let w = testNumbers(layout.rowCount * wStride, seed: 2)
      let initial = testNumbers(m * cStride, seed: 3)
      let scratch = ProductScratch()
      let weights = PackedWeights<Float>(
        depth: k, layout: layout, precision: form.precision,
        kernels: InstructionSet.table(for: form.set))
      // In two slices, last panel first, as two workers might.
      weights.pack(
        transposing: w, stride: wStride, groups: layout.groupCount / 2..<layout.groupCount)
      weights.pack(transposing: w, stride: wStride, groups: 0..<layout.groupCount / 2)
      for adding in [false, true] {
        var c = initial
        let operand = LeftOperand(
          a, stride: aStride, rows: m, depth: k, precision: form.precision, scratch: scratch,
          kernels: InstructionSet.table(for: form.set))
        withExtendedLifetime(scratch) {
          weights.multiply(rows: m, operand, into: &c, stride: cStride, adding: adding)
        }
        for i in 0..<m {
          for column in 0..<cStride {
            let at = i * cStride + column
            guard column < layout.columnCount else {
              #expect(c[at] == initial[at], "wrote beyond the columns: \(shape)")
              continue
            }
            var sum = Sum()
            if adding { sum.add(Double(initial[at])) }
            if let row = layout.row(atColumn: column) {
              for j in 0..<k {
                sum.add(form.rounded(a[i * aStride + j]) * form.rounded(w[row * wStride + j]))
              }
            }
            #expect(
              sum.admits(c[at], terms: k),
              "\(shape), adding \(adding), row \(i), column \(column): \(c[at]), \(sum)")
          }
        }
      }
    }
  }

  @Test(arguments: ProductForm.all)
  func backwardProductMatchesDouble(form: ProductForm) {
    for (layout, depthLayout) in [
      (PanelLayout(units: 5), PanelLayout(blocks: 4, units: 3)),
      (PanelLayout(units: 70), PanelLayout(blocks: 3, units: 37)),
      (PanelLayout(units: 16), PanelLayout(blocks: 4, units: 40)),
      (PanelLayout(blocks: 2, units: 40), PanelLayout(units: 17)),
      (PanelLayout(blocks: 4, units: 20), PanelLayout(blocks: 2, units: 64)),
    ] {
      let m = 7, k = depthLayout.columnCount
      let wStride = layout.rowCount + 2
      let a = testNumbers(m * k, seed: 4)
      let w = testNumbers(depthLayout.rowCount * wStride, seed: 5)
      let weights = PackedWeights<Float>(
        depth: k, layout: layout, precision: form.precision,
        kernels: InstructionSet.table(for: form.set))
      for group in 0..<depthLayout.groupCount {
        weights.pack(w, stride: wStride, depthLayout: depthLayout, groups: group..<group + 1)
      }
      var c = [Float](repeating: .nan, count: m * layout.columnCount)
      let scratch = ProductScratch()
      let operand = LeftOperand(
        a, stride: k, rows: m, depth: k, precision: form.precision, scratch: scratch,
        kernels: InstructionSet.table(for: form.set))
      withExtendedLifetime(scratch) {
        weights.multiply(rows: m, operand, into: &c, stride: layout.columnCount, adding: false)
      }
      for i in 0..<m {
        for column in 0..<layout.columnCount {
          var sum = Sum()
          for j in 0..<k {
            guard let row = depthLayout.row(atColumn: j), let to = layout.row(atColumn: column)
            else { continue }
            sum.add(form.rounded(a[i * k + j]) * form.rounded(w[row * wStride + to]))
          }
          let computed = c[i * layout.columnCount + column]
          #expect(sum.admits(computed, terms: k), "row \(i), column \(column): \(computed), \(sum)")
        }
      }
    }
  }

  /// A row's bits depend neither on how many rows stand beside it nor on where it stands.
  @Test(arguments: ProductForm.all, [(1, 64), (1, 40), (3, 20), (4, 16), (1, 70)])
  func rowsAreIndependent(form: ProductForm, blocksAndUnits: (Int, Int)) {
    let layout = PanelLayout(blocks: blocksAndUnits.0, units: blocksAndUnits.1)
    let m = 40, k = 131, n = layout.columnCount
    let a = testNumbers(m * k, seed: 6)
    let w = testNumbers(layout.rowCount * k, seed: 7)
    let weights = PackedWeights<Float>(
      depth: k, layout: layout, precision: form.precision,
      kernels: InstructionSet.table(for: form.set))
    weights.pack(transposing: w, stride: k, groups: 0..<layout.groupCount)
    let scratch = ProductScratch()
    func product(of rows: Range<Int>) -> [UInt32] {
      var c = [Float](repeating: 0, count: rows.count * n)
      a.withUnsafeBufferPointer { a in
        let operand = LeftOperand(
          a.baseAddress! + rows.lowerBound * k, stride: k, rows: rows.count, depth: k,
          precision: form.precision, scratch: scratch,
          kernels: InstructionSet.table(for: form.set))
        withExtendedLifetime(scratch) {
          weights.multiply(rows: rows.count, operand, into: &c, stride: n, adding: false)
        }
      }
      return c.map(\.bitPattern)
    }
    let whole = product(of: 0..<m)
    for count in 1...26 {
      let start = (count * 5) % (m - count)
      #expect(
        product(of: start..<start + count) == Array(whole[start * n..<(start + count) * n]),
        "rows \(start)..<\(start + count)")
    }
  }

  @Test func doubleProductIsExactEnough() {
    let layout = PanelLayout(blocks: 3, units: 20)
    let m = 5, k = 37
    let a = testNumbers(m * k, seed: 8).map { Double($0) }
    let w = testNumbers(layout.rowCount * k, seed: 9).map { Double($0) }
    let weights = PackedWeights<Double>(depth: k, layout: layout)
    weights.pack(transposing: w, stride: k, groups: 0..<layout.groupCount)
    var c = [Double](repeating: 0, count: m * layout.columnCount)
    weights.multiply(
      rows: m, LeftOperand(a, stride: k), into: &c, stride: layout.columnCount, adding: false)
    for i in 0..<m {
      for column in 0..<layout.columnCount {
        var sum = Sum()
        if let row = layout.row(atColumn: column) {
          for j in 0..<k { sum.add(a[i * k + j] * w[row * k + j]) }
        }
        let error = abs(c[i * layout.columnCount + column] - sum.value)
        #expect(error <= Double(k + 1) * 0x1p-52 * sum.magnitude)
      }
    }
  }
}
