import Compute
import Testing

/// Products of leaves, formed and added together: the bytes of each formed alone and added in the tree, whether a
/// block of the depth holds several of them or a part of one.
@Suite struct OuterProductLeafTests {
  /// Rows of each leaf; nil: it is not there.
  static let leaves: [[Int?]] = [
    [3], [5, 8], [1, nil, 7, 2], [300, 290, 301, 280], [70, 105, 71, 35, 105, 70, 35, 71],
    [520, 1, 515, 3], [nil, 40, 1030, nil, nil, nil, 9, 600],
  ]

  @Test(arguments: ProductForm.all, leaves)
  func bytesAreThoseOfLeavesAlone(form: ProductForm, leaves: [Int?]) throws {
    for (layout, columns, unread) in [
      (PanelLayout(blocks: 4, units: 83), 70, nil), (PanelLayout(blocks: 3, units: 20), 129, nil),
      (PanelLayout(units: 150), 1040, (0..<150).map { 7 * $0 }),
    ] as [(PanelLayout, Int, [Int]?)] {
      let total = leaves.reduce(0) { $0 + ($1 ?? 0) }
      let (gStride, xStride) = (layout.columnCount + 16, columns + 3)
      let (g, x) = (
        testNumbers(total * gStride, seed: 21), testNumbers(total * xStride, seed: 22)
      )
      // Rows fall to the leaves in turn, as long as these want some.
      var lists = leaves.map { _ in [Int32]() }
      var row: Int32 = 0
      while row < total {
        for leaf in leaves.indices where lists[leaf].count < leaves[leaf] ?? 0 {
          lists[leaf].append(row)
          row += 1
        }
      }
      let product = OuterProduct<Float>(
        layout: layout, columnCount: columns, precision: form.precision,
        kernels: InstructionSet.table(for: form.set))
      let tree = try #require(LeafTree(leaves.indices) { leaves[$0] != nil })
      let count = layout.rowCount * columns
      g.withUnsafeBufferPointer { g in
        x.withUnsafeBufferPointer { x in
          let gradients = RowSource(g.baseAddress!, stride: gStride, rowCount: total)
          let inputs = RowSource(x.baseAddress!, stride: xStride, rowCount: total)
          func alone(_ tree: LeafTree, _ rounding: Precision) -> [Float] {
            var sum = [Float](repeating: 0, count: count)
            switch tree {
            case .leaf(let leaf):
              product.compute(
                groups: 0..<layout.groupCount, gradients: gradients.selecting(lists[leaf]),
                inputs: inputs.selecting(lists[leaf]), into: &sum, adding: false, unread: unread,
                scratch: ProductScratch())
            case .sum(let left, let right):
              sum = zip(alone(left, rounding), alone(right, rounding)).map { $0 + $1 }
            }
            if rounding == .bf16 { BFloat16.round(&sum, count: count) }
            return sum
          }
          for rounding in [Precision.f32, .bf16] {
            let expected = alone(tree, rounding)
            let waiting = (0..<tree.height).map { _ in AlignedBuffer<Float>(count: count) }
            for buffer in waiting { buffer.elements.update(repeating: .nan) }
            var dW = [Float](repeating: .nan, count: count)
            let scratch = ProductScratch()
            for groups in [0..<2, 2..<layout.groupCount] {
              product.compute(
                groups: groups,
                leaves: lists.map {
                  $0.isEmpty
                    ? nil
                    : OuterProduct<Float>.Leaf(
                      gradients: gradients.selecting($0), inputs: inputs.selecting($0))
                }, in: tree, rounding: rounding, into: &dW, waiting: waiting.map(\.base),
                unread: unread, scratch: scratch)
            }
            let wrong = (0..<count).filter {
              $0 % columns >= unread?[$0 / columns] ?? 0
                && dW[$0].bitPattern != expected[$0].bitPattern
            }
            #expect(
              wrong.isEmpty, "\(rounding), \(layout): \(wrong.count), first \(wrong.first ?? 0)")
          }
        }
      }
    }
  }
}
