import CKernels
import Compute
import Testing

@Suite struct SumOfSquaresTests {
  /// In Double every square of a Float is exact, and all forms add in the same order.
  @Test(arguments: KernelTable.all)
  func kernelHasTheOrderOfSixteenLanes(table: KernelTable) {
    let kernels = InstructionSet.table(for: table.set)!
    for count in [0, 1, 7, 8, 9, 15, 16, 17, 100, 1000] {
      var x = testNumbers(count + 1, seed: 51).map { 1e25 * $0 }  // squares beyond Float
      x[count] = .nan  // not to be read
      var lanes = [Double](repeating: 0, count: 16)
      for i in 0..<count { lanes[i % 16] += Double(x[i]) * Double(x[i]) }
      for half in [8, 4, 2, 1] {
        for i in 0..<half { lanes[i] += lanes[i + half] }
      }
      #expect(kernels.pointee.sum_of_squares(count, x) == lanes[0], "count \(count)")
      #expect(Rows.sumOfSquares(x, count: count) == lanes[0])
      let double = x.map { Double($0) }
      #expect(Rows.sumOfSquares(double, count: count) == lanes[0])
    }
  }
}
