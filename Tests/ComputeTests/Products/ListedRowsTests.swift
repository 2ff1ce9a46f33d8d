import CKernels
import Compute
import Testing

/// Sums over rows that stand in a list: what an embedding is owed.
@Suite struct ListedRowsTests {
  /// Longer and shorter than what is asked for ahead, with rows that come twice.
  static let lists: [[Int32]] = [[], [3], [2, 2, 0], [0, 5, 1, 19, 7, 8, 2, 11, 4, 4, 17, 13]]
  static let stride = 304

  private func expected(
    _ list: [Int32], of x: [Float], columns: Range<Int>, from sums: [Float]
  ) -> [Float] {
    var sums = sums
    for row in list {
      for (i, column) in columns.enumerated() { sums[i] += x[Int(row) * Self.stride + column] }
    }
    return sums
  }

  /// To the bit: one chain of additions in the order of the list. 240 columns take every strip.
  @Test(arguments: KernelTable.all, lists)
  func kernel(table: KernelTable, list: [Int32]) {
    let kernels = InstructionSet.table(for: table.set)!
    let x = testNumbers(20 * Self.stride, seed: 1)
    var sums = testNumbers(256, seed: 2)
    let exact = expected(list, of: x, columns: 0..<240, from: sums)
    kernels.pointee.add_listed_rows(list.count, list, 240, x, Self.stride, &sums)
    #expect(sums == exact)
  }

  @Test(arguments: lists, [1, 15, 16, 130, 256])
  func partsOfRows(list: [Int32], count: Int) {
    var x = testNumbers(20 * Self.stride, seed: 3)
    let initial = testNumbers(256, seed: 4)
    let exact = expected(list, of: x, columns: 48..<48 + count, from: initial)
    var sums = initial
    x.withUnsafeMutableBufferPointer { x in
      let matrix = Matrix(base: x.baseAddress!, rows: 20, columns: 300, stride: Self.stride)
      list.withUnsafeBufferPointer {
        Rows.addRows($0, of: matrix, column: 48, count: count, to: &sums)
      }
    }
    #expect(sums == exact)
  }
}
