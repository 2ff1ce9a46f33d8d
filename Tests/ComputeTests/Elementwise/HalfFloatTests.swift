import Compute
import Testing

struct HalfFloatTests {
  /// All bit patterns: exact, and back.
  @Test func everyHalfIsWidenedExactly() {
    for bits in UInt16.min...UInt16.max {
      let wide = HalfFloat.widen(bits)
      guard wide.isFinite else { continue }
      #expect(HalfFloat.narrow(wide) == bits)
    }
    #expect(HalfFloat.widen(0x3C00) == 1 && HalfFloat.widen(0xC100) == -2.5)
    #expect(HalfFloat.widen(0x0001) == 0x1p-24 && HalfFloat.widen(0x7BFF) == HalfFloat.greatest)
    #expect(HalfFloat.widen(0x7C00) == .infinity && HalfFloat.widen(0x7C01).isNaN)
  }

  /// Between two neighbours the nearer is taken, in the middle the even one.
  @Test func theNearestIsTaken() {
    for bits in stride(from: UInt16(0), to: 0x7BFF, by: 7) {
      let (low, high) = (HalfFloat.widen(bits), HalfFloat.widen(bits + 1))
      let middle = (low + high) / 2
      #expect(HalfFloat.narrow(middle.nextDown) == bits)
      #expect(HalfFloat.narrow(middle.nextUp) == bits + 1)
      #expect(HalfFloat.narrow(-middle) == 0x8000 | (bits % 2 == 0 ? bits : bits + 1))
    }
    #expect(HalfFloat.widen(HalfFloat.narrow(.nan)).isNaN)
    #expect(HalfFloat.narrow(1e9) == 0x7BFF && HalfFloat.narrow(-.infinity) == 0xFBFF)
  }
}
