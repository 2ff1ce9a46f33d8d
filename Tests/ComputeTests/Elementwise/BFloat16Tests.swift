import Compute
import Testing

struct BFloat16Tests {
  /// All bit patterns: exact, and back.
  @Test func everyNumberIsWidenedExactly() {
    for bits in UInt16.min...UInt16.max where !BFloat16.widen(bits).isNaN {
      #expect(BFloat16.narrow(BFloat16.widen(bits)) == bits)
    }
    #expect(BFloat16.widen(0x3F80) == 1 && BFloat16.widen(0xC020) == -2.5)
    #expect(BFloat16.widen(0x0001) == 0x1p-133 && BFloat16.widen(0x7F80) == .infinity)
  }

  /// Between two neighbours the nearer is taken, in the middle the even one; denormal numbers too.
  @Test func theNearestIsTaken() {
    for bits in stride(from: UInt16(0), to: 0x7F7F, by: 7) {
      let (low, high) = (BFloat16.widen(bits), BFloat16.widen(bits + 1))
      let middle = low + (high - low) / 2
      #expect(BFloat16.narrow(middle.nextDown) == bits)
      #expect(BFloat16.narrow(middle.nextUp) == bits + 1)
      #expect(BFloat16.narrow(-middle) == 0x8000 | (bits % 2 == 0 ? bits : bits + 1))
    }
  }

  /// NaN must not become infinite, nor infinity a number: a gradient that cannot be learnt is found by them.
  @Test func whatIsNoNumberStaysNone() {
    for payload in [UInt32(1), 0x7FFF, 0xFFFF, 0x3F_FFFF, 0x7F_FFFF] {
      let nan = Float(bitPattern: 0x7F80_0000 | payload)
      #expect(BFloat16.widen(BFloat16.narrow(nan)).isNaN)
      #expect(BFloat16.widen(BFloat16.narrow(Float(bitPattern: nan.bitPattern | 1 << 31))).isNaN)
    }
    #expect(BFloat16.widen(BFloat16.narrow(.infinity)) == .infinity)
    #expect(BFloat16.widen(BFloat16.narrow(-.greatestFiniteMagnitude)) == -.infinity)
  }

  /// Rows are rounded as single numbers are.
  @Test func rowsAreRoundedAsNumbersAre() {
    var random = SystemRandomNumberGenerator()
    let numbers = (0..<37).map { _ in
      Float(bitPattern: UInt32.random(in: 0...0x7F7F_0000, using: &random))
    }
    let expected = numbers.map { BFloat16.widen(BFloat16.narrow($0)) }
    var (rounded, halves, widened) = (numbers, [UInt16](repeating: 0, count: 37), numbers)
    BFloat16.round(&rounded, count: 37)
    BFloat16.narrow(numbers, to: &halves, count: 37)
    BFloat16.widen(halves, to: &widened, count: 37)
    #expect(rounded == expected && widened == expected)
  }
}
