import Compute
import Testing

@Suite struct MachinePeakTests {
  /// Between what any processor of the last ten years does and what none will do soon.
  @Test func figuresArePlausible() {
    guard InstructionSet.active != .portable else {
      #expect(MachinePeak.gigaflops(.f32) == nil && MachinePeak.memoryBandwidth() == nil)
      return
    }
    let f32 = MachinePeak.gigaflops(.f32, measurements: 5)
    #expect(f32.map { (1...2000).contains($0) } == true, "\(f32 ?? 0) GFLOP/s")
    let bandwidth = MachinePeak.memoryBandwidth(measurements: 2)
    #expect(bandwidth.map { (0.1...1000).contains($0) } == true, "\(bandwidth ?? 0) GB/s")
    #expect((MachinePeak.gigaflops(.bf16) != nil) == InstructionSet.supportsBF16)
  }
}
