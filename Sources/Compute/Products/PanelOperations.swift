import CKernels

/// What a product does with the numbers where it goes.
enum ProductTarget {
  case replaced
  /// Its sums begin with them.
  case continued
  /// It is formed from zero, and then added to them.
  case added

  var kernels: unroll_target {
    switch self {
    case .replaced: UNROLL_REPLACED
    case .continued: UNROLL_CONTINUED
    case .added: UNROLL_ADDED
    }
  }
}

/// The few operations that every product is built from, in the form that the number type, the
/// precision and the instruction set call for.
///
/// A packed panel is `[depth][width]`, K-major. In bf16 two neighbours along the depth lie side by
/// side, `[depth / 2][width][2]`, and an odd depth is padded with a zero.
///
/// `@unchecked Sendable`: the only pointer leads to a table of functions that never changes.
struct PanelOperations<S: MatrixElement>: @unchecked Sendable {
  enum Arithmetic { case portable, f32, bf16 }

  let arithmetic: Arithmetic
  let kernels: UnsafePointer<unroll_kernels>?

  init(precision: Precision, kernels: UnsafePointer<unroll_kernels>?) {
    precondition(
      kernels == nil || S.self == Float.self, "kernels compute in Float, not in \(S.self)")
    switch precision {
    case .f32:
      arithmetic = kernels == nil ? .portable : .f32
    case .bf16:
      precondition(
        kernels?.pointee.panel_bf16 != nil, "bf16 products need Float and AVX512-BF16")
      arithmetic = .bf16
    }
    self.kernels = kernels
  }

  /// Bytes of one packed element.
  var elementSize: Int { arithmetic == .bf16 ? 2 : MemoryLayout<S>.stride }

  /// The depth with padding.
  func paddedDepth(_ depth: Int) -> Int { arithmetic == .bf16 ? (depth + 1) & ~1 : depth }

  // MARK: Packing

  /// panel[j][i] = rows[j][offset + i] for i < n, zero for n <= i < padded; a nil row is zero.
  /// Columns beyond `width` go to the next panels, `panelStep` elements apart.
  func gather(
    depth k: Int, columns n: Int, padded: Int, rows: UnsafePointer<UnsafePointer<S>?>, offset: Int,
    into panel: UnsafeMutableRawPointer, width: Int, panelStep: Int = 0
  ) {
    switch arithmetic {
    case .portable:
      PortableProducts.gather(
        depth: k, columns: n, padded: padded, rows: rows, offset: offset,
        into: panel.assumingMemoryBound(to: S.self), width: width, panelStep: panelStep)
    case .f32:
      kernels!.pointee.gather_f32(
        k, n, padded, Self.asFloat(rows), offset, panel.assumingMemoryBound(to: Float.self), width,
        panelStep)
    case .bf16:
      kernels!.pointee.gather_bf16(
        k, n, padded, Self.asFloat(rows), offset, panel.assumingMemoryBound(to: UInt16.self),
        width, panelStep)
    }
  }

  /// The columns of `groups` groups with `blocks` blocks each, taken apart into one panel per block:
  /// panel b [j][16 g + i] = rows[j][offset + (g * blocks + b) * 16 + i].
  func gatherBlocks(
    depth k: Int, groups: Int, blocks: Int, rows: UnsafePointer<UnsafePointer<S>?>, offset: Int,
    into panels: UnsafeMutableRawPointer
  ) {
    switch arithmetic {
    case .portable:
      PortableProducts.gatherBlocks(
        depth: k, groups: groups, blocks: blocks, rows: rows, offset: offset,
        into: panels.assumingMemoryBound(to: S.self))
    case .f32:
      kernels!.pointee.gather_blocks_f32(
        k, groups, blocks, Self.asFloat(rows), offset, panels.assumingMemoryBound(to: Float.self))
    case .bf16:
      kernels!.pointee.gather_blocks_bf16(
        k, groups, blocks, Self.asFloat(rows), offset, panels.assumingMemoryBound(to: UInt16.self))
    }
  }

  /// panel[j][i] = w[i * stride + j] for i < m, zero up to 16: a 16-column strip of a panel.
  func transpose(
    rows m: Int, depth k: Int, _ w: UnsafePointer<S>, stride: Int,
    into panel: UnsafeMutableRawPointer, width: Int
  ) {
    switch arithmetic {
    case .portable:
      PortableProducts.transpose(
        rows: m, depth: k, w, stride: stride, into: panel.assumingMemoryBound(to: S.self),
        width: width)
    case .f32:
      kernels!.pointee.transpose_f32(
        m, k, Self.asFloat(w), stride, panel.assumingMemoryBound(to: Float.self), width)
    case .bf16:
      kernels!.pointee.transpose_bf16(
        m, k, Self.asFloat(w), stride, panel.assumingMemoryBound(to: UInt16.self), width)
    }
  }

  // MARK: Products

  /// C[m][n] = (adding ? C : 0) + A · panel, A row-major: S, or bf16 with an even stride.
  func panel(
    rows m: Int, columns n: Int, depth k: Int, _ a: UnsafeRawPointer, stride: Int,
    panel p: UnsafeRawPointer, width: Int, into c: UnsafeMutablePointer<S>, cStride: Int,
    adding: Bool
  ) {
    switch arithmetic {
    case .portable:
      PortableProducts.multiply(
        rows: m, columns: n, depth: k, a.assumingMemoryBound(to: S.self), rowStride: stride,
        depthStride: 1, panel: p.assumingMemoryBound(to: S.self), width: width, into: c,
        cStride: cStride, onto: adding ? .continued : .replaced)
    case .f32:
      kernels!.pointee.panel_f32(
        m, n, k, a.assumingMemoryBound(to: Float.self), stride,
        p.assumingMemoryBound(to: Float.self), width, Self.asFloat(c), cStride, adding)
    case .bf16:
      kernels!.pointee.panel_bf16(
        m, n, paddedDepth(k), a.assumingMemoryBound(to: UInt16.self), stride,
        p.assumingMemoryBound(to: UInt16.self), width, Self.asFloat(c), cStride, adding)
    }
  }

  /// The same with A itself a packed panel of `aWidth` columns: A[i][j] = a[j][i].
  func packed(
    rows m: Int, columns n: Int, depth k: Int, _ a: UnsafeRawPointer, aWidth: Int,
    panel p: UnsafeRawPointer, width: Int, into c: UnsafeMutablePointer<S>, cStride: Int,
    onto: ProductTarget
  ) {
    switch arithmetic {
    case .portable:
      PortableProducts.multiply(
        rows: m, columns: n, depth: k, a.assumingMemoryBound(to: S.self), rowStride: 1,
        depthStride: aWidth, panel: p.assumingMemoryBound(to: S.self), width: width, into: c,
        cStride: cStride, onto: onto)
    case .f32:
      kernels!.pointee.packed_f32(
        m, n, k, a.assumingMemoryBound(to: Float.self), aWidth,
        p.assumingMemoryBound(to: Float.self), width, Self.asFloat(c), cStride, onto.kernels)
    case .bf16:
      kernels!.pointee.packed_bf16(
        m, n, paddedDepth(k), a.assumingMemoryBound(to: UInt16.self), aWidth,
        p.assumingMemoryBound(to: UInt16.self), width, Self.asFloat(c), cStride, onto.kernels)
    }
  }

  // MARK: Sums

  /// y[i][j] += x[i][j], m rows of n.
  func add(
    rows m: Int, columns n: Int, _ x: UnsafePointer<S>, stride xStride: Int,
    to y: UnsafeMutablePointer<S>, stride yStride: Int
  ) {
    if let kernels {
      kernels.pointee.add_block(m, n, Self.asFloat(x), xStride, Self.asFloat(y), yStride)
      return
    }
    for row in 0..<m {
      for column in 0..<n { y[row * yStride + column] += x[row * xStride + column] }
    }
  }

  // MARK: Float, where kernels are present

  static func asFloat(_ pointer: UnsafePointer<S>) -> UnsafePointer<Float> {
    UnsafeRawPointer(pointer).assumingMemoryBound(to: Float.self)
  }
  static func asFloat(_ pointer: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
  }
  static func asFloat(
    _ rows: UnsafePointer<UnsafePointer<S>?>
  ) -> UnsafePointer<UnsafePointer<Float>?> {
    UnsafeRawPointer(rows).assumingMemoryBound(to: UnsafePointer<Float>?.self)
  }
}
