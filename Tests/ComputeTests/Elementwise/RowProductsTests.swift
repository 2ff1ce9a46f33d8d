import Compute
import Testing

/// Rows taken four at a time give the bits of rows taken one by one.
@Suite struct RowProductsTests {
  @Test(arguments: [1, 7, 8, 9, 64, 100, 257])
  func fourRowsAreOneAfterTheOther(count: Int) {
    check(Float.self, count)
    check(Double.self, count)
  }

  private func check<S: MatrixElement>(_: S.Type, _ count: Int) {
    var random = SystemRandomNumberGenerator()
    func row() -> [S] { (0..<count).map { _ in S(Double.random(in: -2...2, using: &random)) } }
    let (x, rows) = (row(), (0..<4).map { _ in row() })
    let factors = SIMD4<S>((0..<4).map { _ in S(Double.random(in: -2...2, using: &random)) })
    var together = row()
    var apart = together
    rows[0].withUnsafeBufferPointer { a in
      rows[1].withUnsafeBufferPointer { b in
        rows[2].withUnsafeBufferPointer { c in
          rows[3].withUnsafeBufferPointer { d in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress,
              let d = d.baseAddress
            else { return }
            #expect(
              Rows.dotProducts(x, (a, b, c, d), count: count)
                == SIMD4(rows.map { Rows.dotProduct(x, $0, count: count) }))
            Rows.addRows((a, b, c, d), scaledBy: factors, to: &together, count: count)
          }
        }
      }
    }
    for (index, row) in rows.enumerated() {
      Rows.addRow(row, scaledBy: factors[index], to: &apart, count: count)
    }
    #expect(together == apart)
  }
}
