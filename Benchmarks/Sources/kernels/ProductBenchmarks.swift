import Unroll

/// The products of an LSTM layer: of one step, of many steps at once, and those owed to weights.
struct ProductBenchmarks {
  let precision: Precision
  private let scratch = ProductScratch()
  /// Operands are below 0.5 in magnitude; what rounding them to bf16 may cost a product of two.
  private var roundingPerTerm: Double { precision == .bf16 ? 0x1p-8 * 0.5 : 0x1p-24 }

  init(precision: Precision) { self.precision = precision }

  func run() throws {
    let sizes = [64, 128, 256, 512, 1024]
    let peak = MachinePeak.gigaflops(precision)
    try grid("recurrent product, h · Uᵀ (4 gates), GFLOP/s", sizes, rows: [1, 4, 8, 16, 32], peak)
    try grid("input product, many steps at once, GFLOP/s", sizes, rows: [256, 512], peak)
    try owed(sizes, tokens: [512, 2048], peak)
    naive()
  }

  private func grid(_ title: String, _ sizes: [Int], rows: [Int], _ peak: Double?) throws {
    printTitle(title)
    printRow(["rows"] + sizes.map { "H = \($0)" }, width: 16, first: 20)
    for m in rows {
      printRow(
        ["\(m)"]
          + (try sizes.map { size in
            cell(try product(rows: m, hidden: size), peak)
          }), width: 16, first: 20)
    }
  }

  private func cell(_ gigaflops: Double, _ peak: Double?) -> String {
    format(gigaflops) + (peak.map { " (" + format(100 * gigaflops / $0, 0) + " %)" } ?? "")
  }

  /// Y[rows, 4 hidden] += X[rows, hidden] · Wᵀ.
  private func product(rows m: Int, hidden: Int) throws -> Double {
    let layout = PanelLayout(blocks: 4, units: hidden)
    let w = randomBuffer(4 * hidden * hidden, seed: 1)
    let packed = PackedWeights<Float>(depth: hidden, layout: layout, precision: precision)
    packed.pack(transposing: w.base, stride: hidden, groups: 0..<layout.groupCount)
    let stride = Matrix<Float>.stride(forColumns: hidden)
    let x = randomBuffer(m * stride, seed: 2)
    let yStride = Matrix<Float>.stride(forColumns: layout.columnCount)
    let y = AlignedBuffer<Float>(count: m * yStride)
    func multiply(adding: Bool) {
      packed.multiply(
        rows: m,
        LeftOperand(
          x.base, stride: stride, rows: m, depth: hidden, precision: precision, scratch: scratch),
        into: y.base, stride: yStride, adding: adding)
    }
    multiply(adding: false)
    // The first and the last row, against sums in double precision.
    for row in [0, m - 1] {
      let expected = (0..<layout.columnCount).map { column -> Double in
        guard let weight = layout.row(atColumn: column) else { return 0 }
        return (0..<hidden).reduce(0) {
          $0 + Double(x.base[row * stride + $1]) * Double(w.base[weight * hidden + $1])
        }
      }
      try expect(
        "product \(m) × \(hidden)",
        Array(UnsafeBufferPointer(start: y.base + row * yStride, count: layout.columnCount)),
        expected, tolerance: Double(hidden) * roundingPerTerm)
    }
    let seconds = secondsPerCall { multiply(adding: true) }
    return 2 * Double(m * 4 * hidden * hidden) / seconds * 1e-9
  }

  private func owed(_ sizes: [Int], tokens: [Int], _ peak: Double?) throws {
    printTitle("owed product, dW = dGᵀ · H over all tokens, GFLOP/s")
    printRow(["tokens"] + sizes.map { "H = \($0)" }, width: 16, first: 20)
    for count in tokens {
      printRow(
        ["\(count)"]
          + (try sizes.map { size in
            cell(try owedProduct(tokens: count, hidden: size), peak)
          }), width: 16, first: 20)
    }
  }

  private func owedProduct(tokens: Int, hidden: Int) throws -> Double {
    let layout = PanelLayout(blocks: 4, units: hidden)
    let gStride = Matrix<Float>.stride(forColumns: layout.columnCount)
    let xStride = Matrix<Float>.stride(forColumns: hidden)
    let (g, x) = (randomBuffer(tokens * gStride, seed: 3), randomBuffer(tokens * xStride, seed: 4))
    let dW = AlignedBuffer<Float>(count: 4 * hidden * hidden)
    let product = OuterProduct<Float>(layout: layout, columnCount: hidden, precision: precision)
    func compute() {
      product.compute(
        groups: 0..<layout.groupCount,
        gradients: RowSource(g.base, stride: gStride, rowCount: tokens),
        inputs: RowSource(x.base, stride: xStride, rowCount: tokens), into: dW.base, adding: false,
        scratch: scratch)
    }
    compute()
    for column in [0, layout.columnCount - 1] {
      guard let row = layout.row(atColumn: column) else { continue }
      let expected = (0..<hidden).map { j in
        (0..<tokens).reduce(0.0) {
          $0 + Double(g.base[$1 * gStride + column]) * Double(x.base[$1 * xStride + j])
        }
      }
      try expect(
        "owed product \(tokens) × \(hidden)",
        Array(UnsafeBufferPointer(start: dW.base + row * hidden, count: hidden)), expected,
        tolerance: Double(tokens) * roundingPerTerm)
    }
    return 2 * Double(tokens * 4 * hidden * hidden) / secondsPerCall(compute) * 1e-9
  }

  /// What three plain loops reach.
  private func naive() {
    let (m, n, k) = (32, 1024, 256)
    let (a, b) = (randomBuffer(m * k, seed: 5), randomBuffer(k * n, seed: 6))
    let c = AlignedBuffer<Float>(count: m * n)
    let seconds = secondsPerCall {
      for i in 0..<m {
        for j in 0..<n { c.base[i * n + j] = 0 }
        for p in 0..<k {
          for j in 0..<n { c.base[i * n + j] += a.base[i * k + p] * b.base[p * n + j] }
        }
      }
    }
    printRow(
      [
        "naive: three loops, 32 × 1024 × 256",
        format(2 * Double(m * n * k) / seconds * 1e-9) + " GFLOP/s",
      ], width: 16, first: 40)
  }
}
