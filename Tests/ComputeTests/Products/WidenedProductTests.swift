import CKernels
import Compute
import Testing

/// Products of bf16 by FMAs with widened operands, against the sum that VDPBF16PS is specified to give.
@Suite struct WidenedProductTests {
  /// One call of a kernel: C[rows][columns] of A[rows][2 pairs] and a panel of `width` columns.
  struct Product: CustomTestStringConvertible, Sendable {
    let rows: Int, columns: Int, pairs: Int, width: Int
    var testDescription: String { "\(rows) x \(columns) of \(width), \(pairs) pairs" }

    var cStride: Int { width + 5 }

    /// - Parameter onto: nil: A is row-major, and C is continued; else A is packed.
    func result(
      _ kernels: UnsafePointer<unroll_kernels>, _ a: [UInt16], aStride: Int, _ p: [UInt16],
      _ c: [Float], onto: unroll_target?
    ) -> [UInt32] {
      var c = c
      let state = unroll_flush_denormals()
      defer { unroll_restore_denormals(state) }
      if let onto {
        kernels.pointee.packed_bf16(
          rows, columns, 2 * pairs, a, aStride, p, width, &c, cStride, onto)
      } else {
        kernels.pointee.panel_bf16(
          rows, columns, 2 * pairs, a, 2 * aStride, p, width, &c, cStride, true)
      }
      return c.map(\.bitPattern)
    }
  }

  /// All heights and widths of tiles, and depths on both sides of what is widened at a time.
  static let products: [Product] = (1...26).map { rows in
    let width = 16 * (1 + rows % 4)
    return Product(
      rows: rows, columns: width - rows * 5 % 16, pairs: 1 + rows * 11 % 37, width: width)
  }

  /// - Parameter exponents: of the numbers, as their bits have them.
  private static func numbers(_ count: Int, seed: UInt64, exponents: Range<Int>) -> [UInt16] {
    let bits = testNumbers(3 * count, seed: seed).map { abs($0) }
    return (0..<count).map { i in
      let exponent = exponents.lowerBound + Int(bits[3 * i] * Float(exponents.count - 1))
      let sign = bits[3 * i + 1] < 0.5 ? 0 : 0x8000
      return UInt16(sign | exponent << 7 | Int(bits[3 * i + 2] * 127))
    }
  }

  private static func widened(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  @Test(.enabled(if: unroll_kernels_bf16(true) != nil), arguments: products)
  func sumsAreThoseOfTheInstruction(of product: Product) throws {
    let kernels = try #require(unroll_kernels_bf16(true))
    let (m, n, k) = (product.rows, product.columns, product.pairs)
    let p = Self.numbers(2 * k * product.width, seed: 2, exponents: 120..<132)
    let c = testNumbers(m * product.cStride, seed: 3)
    for onto in [nil, UNROLL_REPLACED, UNROLL_ADDED, UNROLL_CONTINUED] {
      let aStride = (onto == nil ? k : m) + 3
      let a = Self.numbers(2 * aStride * (onto == nil ? m : k), seed: 1, exponents: 120..<132)
      var expected = c
      for i in 0..<m {
        for j in 0..<n {
          let before = c[i * product.cStride + j]
          var sum = onto == UNROLL_REPLACED || onto == UNROLL_ADDED ? 0 : before
          for pair in 0..<k {
            let element = 2 * (onto == nil ? i * aStride + pair : pair * aStride + i)
            let column = 2 * (pair * product.width + j)
            for half in [1, 0] {
              sum.addProduct(Self.widened(a[element + half]), Self.widened(p[column + half]))
            }
          }
          expected[i * product.cStride + j] = onto == UNROLL_ADDED ? before + sum : sum
        }
      }
      let found = product.result(kernels, a, aStride: aStride, p, c, onto: onto)
      #expect(found == expected.map(\.bitPattern), "\(String(describing: onto))")
    }
  }

  /// Of any numbers, those that are flushed and those that overflow among them. Where the instruction is
  /// the faster one another order of its two sums would change nothing but what two machines have alike.
  @Test(.enabled(if: unroll_kernels_bf16(true) != nil))
  func theInstructionGivesTheSameBits() throws {
    let (widened, dots) = (
      try #require(unroll_kernels_bf16(true)), try #require(unroll_kernels_bf16(false))
    )
    for product in Self.products {
      let (m, k) = (product.rows, product.pairs)
      let a = Self.numbers(2 * (k + 1) * m, seed: 4, exponents: 0..<160)
      let p = Self.numbers(2 * k * product.width, seed: 5, exponents: 0..<200)
      let c = testNumbers(m * product.cStride, seed: 6)
      withKnownIssue(isIntermittent: true) {
        let results = [widened, dots].map {
          product.result($0, a, aStride: k + 1, p, c, onto: nil)
        }
        #expect(results[0] == results[1], "\(product)")
      } when: {
        unroll_kernels_avx512() == dots
      }
    }
  }
}
