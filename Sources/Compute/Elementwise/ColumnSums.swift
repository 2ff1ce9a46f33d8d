import CKernels

extension Rows {
  /// The sum owed to a bias: db[row] = (adding ? db : 0) + Σ_k G[k][column of row], in the order of k.
  ///
  /// G's columns stand in the order of `layout`. Only the rows of `groups` are touched, so workers
  /// take disjoint ranges; the bits do not depend on the ranges. Cost: one read of G's columns.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func columnSums<S: MatrixElement>(
    of gradients: RowSource<S>, layout: PanelLayout, groups: Range<Int>,
    into db: UnsafeMutablePointer<S>, adding: Bool
  ) {
    let groupWidth = layout.blocks * PanelLayout.lane
    // Sums of 128 columns fit eight registers, and the stack.
    let strip = 128
    withUnsafeTemporaryAllocation(of: S.self, capacity: strip) { buffer in
      let sums = buffer.baseAddress!
      let end = groups.upperBound * groupWidth
      for start in stride(from: groups.lowerBound * groupWidth, to: end, by: strip) {
        let count = min(strip, end - start)
        for i in 0..<count {
          let row = adding ? layout.row(atColumn: start + i) : nil
          (sums + i).initialize(to: row.map { db[$0] } ?? 0)
        }
        add(gradients, column: start, count: count, to: sums)
        for i in 0..<count {
          if let row = layout.row(atColumn: start + i) { db[row] = sums[i] }
        }
      }
    }
  }
}

extension Rows {
  /// sums[i] += Σ_k x[k][column + i], in the order of k; `count` is a multiple of 16, at most 128.
  private static func add<S: MatrixElement>(
    _ x: RowSource<S>, column: Int, count: Int, to sums: UnsafeMutablePointer<S>
  ) {
    guard let selection = x.selection else {
      for segment in x.segments {
        addDenseRows(
          segment.count, columns: count, segment.rows + column, stride: x.stride, to: sums)
      }
      return
    }
    if x.segments.count == 1, let native = S.native {
      native.pointee.add_listed_rows(
        selection.count, selection, count, PanelOperations<S>.asFloat(x.segments[0].rows + column),
        x.stride, PanelOperations<S>.asFloat(sums))
      return
    }
    var rows = RowSource<S>(stride: x.stride, reservingSegments: selection.count)
    rows.append(x)
    add(rows, column: column, count: count, to: sums)
  }

  /// sums[i] += Σ x[row][column + i] over the rows in `list`, one after the other; `count` columns.
  package static func addRows<S: MatrixElement>(
    _ list: UnsafeBufferPointer<Int32>, of x: Matrix<S>, column: Int, count: Int,
    to sums: UnsafeMutablePointer<S>
  ) {
    let whole = S.native == nil ? 0 : count & ~(PanelLayout.lane - 1)
    if let native = S.native, whole > 0 {
      native.pointee.add_listed_rows(
        list.count, list.baseAddress, whole, PanelOperations<S>.asFloat(x.base + column), x.stride,
        PanelOperations<S>.asFloat(sums))
    }
    guard whole < count else { return }
    for row in list {
      Rows.addRow(x.row(Int(row)) + column + whole, to: sums + whole, count: count - whole)
    }
  }
}

/// sums[i] += Σ_k x[k * stride + i], one row after the other; `n` is a multiple of 16, at most 128.
private func addDenseRows<S: MatrixElement>(
  _ count: Int, columns n: Int, _ x: UnsafePointer<S>, stride: Int,
  to sums: UnsafeMutablePointer<S>
) {
  if let native = S.native {
    native.pointee.add_rows(
      count, n, PanelOperations<S>.asFloat(x), stride, PanelOperations<S>.asFloat(sums))
  } else {
    portableAddRows(count, columns: n, x, stride: stride, to: sums)
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func portableAddRows<S: MatrixElement>(
  _ count: Int, columns n: Int, _ x: UnsafePointer<S>, stride: Int,
  to sums: UnsafeMutablePointer<S>
) {
  for row in 0..<count {
    let from = x + row * stride
    for i in 0..<n { sums[i] += from[i] }
  }
}
