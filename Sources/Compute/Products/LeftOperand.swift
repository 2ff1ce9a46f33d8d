import CKernels

/// The left factor A[m][depth] of a product, as the kernel wants it: in f32 and f64 the matrix
/// where it lies, in bf16 a rounded copy.
///
/// A view: it is valid while the matrix is (bf16: until the scratch is used again, or gone).
package struct LeftOperand<S: MatrixElement> {
  let elements: UnsafeRawPointer
  /// Elements from one row to the next; even in bf16.
  let stride: Int
  let precision: Precision

  /// `rows` rows of `depth` elements at `a`, `stride` elements apart.
  ///
  /// Cost in bf16: one pass over the rows, which serves every panel and every weight matrix of
  /// that depth. In f32 and f64 none, and `scratch` is not touched.
  ///
  /// - Parameter kernels: the instruction set; a test may name another than the active one.
  package init(
    _ a: UnsafePointer<S>, stride: Int, rows: Int, depth: Int, precision: Precision = .f32,
    scratch: ProductScratch, kernels: UnsafePointer<unroll_kernels>? = S.native
  ) {
    switch precision {
    case .f32:
      self.init(a, stride: stride)
    case .bf16:
      let even = (depth + 1) & ~1
      let copy = scratch.reserve(rows * even * 2).assumingMemoryBound(to: UInt16.self)
      Self.round(a, stride: stride, rows: rows, depth: depth, into: copy, kernels)
      self.init(UnsafeRawPointer(copy), even, .bf16)
    }
  }

  /// In bf16 the rows of `ranges`, rounded, one range after the other; nil in f32 and f64, where
  /// rows are taken as they lie.
  static func rounded(
    _ x: Matrix<S>, _ ranges: [Range<Int>], depth: Int, precision: Precision,
    scratch: ProductScratch
  ) -> LeftOperand? {
    guard precision == .bf16 else { return nil }
    let even = (depth + 1) & ~1
    let total = ranges.reduce(0) { $0 + $1.count }
    let copy = scratch.reserve(total * even * 2).assumingMemoryBound(to: UInt16.self)
    var target = copy
    for range in ranges {
      round(
        x.row(range.lowerBound), stride: x.stride, rows: range.count, depth: depth, into: target,
        S.native)
      target += range.count * even
    }
    return LeftOperand(UnsafeRawPointer(copy), even, .bf16)
  }

  /// Rounds rows to bf16, padded to an even number of elements with a zero.
  private static func round(
    _ a: UnsafePointer<S>, stride: Int, rows: Int, depth: Int,
    into copy: UnsafeMutablePointer<UInt16>, _ kernels: UnsafePointer<unroll_kernels>?
  ) {
    guard let kernels, kernels.pointee.round_bf16 != nil else {
      preconditionFailure("bf16 needs AVX512-BF16")
    }
    let even = (depth + 1) & ~1
    for row in 0..<rows {
      kernels.pointee.round_bf16(
        depth, PanelOperations<S>.asFloat(a + row * stride), copy + row * even)
      if even > depth { copy[row * even + depth] = 0 }
    }
  }

  /// Rows at `a`, `stride` elements apart, taken as they are: f32 and f64 only.
  package init(_ a: UnsafePointer<S>, stride: Int) {
    self.init(UnsafeRawPointer(a), stride, .f32)
  }

  /// The same operand from `row` on.
  package func advanced(byRows row: Int) -> LeftOperand {
    let size = precision == .bf16 ? 2 : MemoryLayout<S>.stride
    return LeftOperand(elements + row * stride * size, stride, precision)
  }

  private init(_ elements: UnsafeRawPointer, _ stride: Int, _ precision: Precision) {
    self.elements = elements
    self.stride = stride
    self.precision = precision
  }
}
