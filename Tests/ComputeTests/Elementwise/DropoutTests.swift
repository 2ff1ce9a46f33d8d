import CKernels
import Compute
import Testing

@Suite struct DropoutTests {
  /// The kernels draw the very words of `RandomStream`.
  @Test(arguments: KernelTable.all)
  func kernelDropsWhatTheStreamSays(table: KernelTable) {
    let stream = RandomStream(seed: 0x1234_5678_9ABC_DEF0, purpose: .dropout(layer: 3), update: 77)
    let threshold: UInt32 = 0x5000_0000
    let kernels = InstructionSet.table(for: table.set)!
    for count in [1, 3, 4, 15, 16, 17, 31, 33, 63, 64, 65, 200] {
      let x = testNumbers(count + 2, seed: 41)
      var y = [Float](repeating: -7, count: count + 2)
      kernels.pointee.dropout(
        count, x, &y, stream.seed, stream.purpose.rawValue, stream.update, 9, threshold, 1.5)
      for i in 0..<count {
        let keeps = stream.word(row: 9, index: i) >= threshold
        #expect(y[i] == (keeps ? x[i] * 1.5 : 0), "count \(count), element \(i)")
      }
      #expect(y[count...] == [-7, -7])
    }
  }

  @Test func entryPointScalesAndKeepsTheShare() {
    let stream = RandomStream(seed: 5, purpose: .dropout(layer: 0), update: 1)
    let count = 100_000
    var ones = [Float](repeating: 1, count: count)
    Rows.dropout(ones, into: &ones, count: count, stream: stream, row: 2, probability: 0.2)
    #expect(ones.allSatisfy { $0 == 0 || $0 == 1.25 })
    // Binomial: standard deviation 126.
    #expect(abs(ones.filter { $0 == 0 }.count - 20_000) < 650)
    var double = [Double](repeating: 1, count: count)
    Rows.dropout(double, into: &double, count: count, stream: stream, row: 2, probability: 0.2)
    #expect(double == ones.map { Double($0) })
    let all = testNumbers(9, seed: 1)
    var kept = all
    Rows.dropout(all, into: &kept, count: 9, stream: stream, row: 0, probability: 0)
    #expect(kept == all)
  }
}
