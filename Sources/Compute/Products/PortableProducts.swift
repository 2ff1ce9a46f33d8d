/// The products in plain Swift: for `Double`, for processors without kernels, and as the oracle.
///
/// One chain of additions along the depth for every element, whatever its place in a tile, as in
/// the kernels.
enum PortableProducts {
  /// C[m][n] = (adding ? C : 0) + A · panel with A[i][j] = a[i * rowStride + j * depthStride].
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func multiply<S: MatrixElement>(
    rows m: Int, columns n: Int, depth k: Int, _ a: UnsafePointer<S>, rowStride: Int,
    depthStride: Int, panel p: UnsafePointer<S>, width: Int, into c: UnsafeMutablePointer<S>,
    cStride: Int, onto: ProductTarget
  ) {
    let lane = PanelLayout.lane
    let (continues, adds) = (onto == .continued, onto == .added)
    for i in 0..<m {
      let aRow = a + i * rowStride
      let cRow = c + i * cStride
      var column = 0
      while column + lane <= n {
        let target = UnsafeMutableRawPointer(cRow + column)
        var sum =
          continues ? target.loadUnaligned(as: SIMD16<S>.self) : SIMD16<S>(repeating: 0)
        var strip = UnsafeRawPointer(p + column)
        for j in 0..<k {
          sum = multiplyAdd(
            SIMD16(repeating: aRow[j * depthStride]),
            strip.loadUnaligned(as: SIMD16<S>.self), sum)
          strip += width * MemoryLayout<S>.stride
        }
        if adds { sum += target.loadUnaligned(as: SIMD16<S>.self) }
        target.storeBytes(of: sum, as: SIMD16<S>.self)
        column += lane
      }
      while column < n {
        var sum = continues ? cRow[column] : 0
        for j in 0..<k {
          sum = multiplyAdd(aRow[j * depthStride], p[j * width + column], sum)
        }
        cRow[column] = adds ? cRow[column] + sum : sum
        column += 1
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gather<S: MatrixElement>(
    depth k: Int, columns n: Int, padded: Int, rows: UnsafePointer<UnsafePointer<S>?>, offset: Int,
    into panel: UnsafeMutablePointer<S>, width: Int, panelStep: Int
  ) {
    for j in 0..<k {
      for start in stride(from: 0, to: padded, by: width) {
        let target = panel + start / width * panelStep + j * width
        let count = min(width, padded - start)
        let present = rows[j] == nil ? 0 : max(min(n - start, count), 0)
        if let row = rows[j] { target.update(from: row + offset + start, count: present) }
        (target + present).clear(count: count - present)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func gatherBlocks<S: MatrixElement>(
    depth k: Int, groups: Int, blocks: Int, rows: UnsafePointer<UnsafePointer<S>?>, offset: Int,
    into panels: UnsafeMutablePointer<S>
  ) {
    let lane = PanelLayout.lane
    for j in 0..<k {
      guard let row = rows[j] else { preconditionFailure("row \(j) is missing") }
      for group in 0..<groups {
        for block in 0..<blocks {
          (panels + (block * k + j) * groups * lane + group * lane).update(
            from: row + offset + (group * blocks + block) * lane, count: lane)
        }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  static func transpose<S: MatrixElement>(
    rows m: Int, depth k: Int, _ w: UnsafePointer<S>, stride: Int,
    into panel: UnsafeMutablePointer<S>, width: Int
  ) {
    for j in 0..<k {
      let target = panel + j * width
      for i in 0..<m { target[i] = w[i * stride + j] }
      for i in m..<PanelLayout.lane { target[i] = 0 }
    }
  }

  // Baseline x86 has no FMA: there `addingProduct` is a call into libm, 170 times slower.
  @inline(__always)
  private static func multiplyAdd<S: MatrixElement>(_ a: S, _ b: S, _ c: S) -> S {
    #if arch(arm64)
      c.addingProduct(a, b)
    #else
      c + a * b
    #endif
  }

  @inline(__always)
  private static func multiplyAdd<S: MatrixElement>(
    _ a: SIMD16<S>, _ b: SIMD16<S>, _ c: SIMD16<S>
  ) -> SIMD16<S> {
    #if arch(arm64)
      c.addingProduct(a, b)
    #else
      c + a * b
    #endif
  }
}
