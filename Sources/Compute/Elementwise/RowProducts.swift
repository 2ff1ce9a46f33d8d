extension Rows {
  /// y += factor · x, `count` elements. Bound by memory, like `addRow(_:to:count:)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func addRow<S: MatrixElement>(
    _ x: UnsafePointer<S>, scaledBy factor: S, to y: UnsafeMutablePointer<S>, count: Int
  ) {
    for index in 0..<count { y[index] += factor * x[index] }
  }
}

extension Rows {
  /// Σ x y in eight interleaved lanes: for a fixed count a fixed order.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func dotProduct<S: MatrixElement>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, count: Int
  ) -> S {
    var lanes = SIMD8<S>(repeating: 0)
    var start = 0
    while start + 8 <= count {
      lanes +=
        UnsafeRawPointer(x + start).loadUnaligned(as: SIMD8<S>.self)
        * UnsafeRawPointer(y + start).loadUnaligned(as: SIMD8<S>.self)
      start += 8
    }
    var rest: S = 0
    for index in start..<count { rest += x[index] * y[index] }
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1] + rest
  }
}

extension Rows {
  /// Four rows somewhere, taken together: x is read once for all of them, and what they wait for is shared.
  package typealias FourRows<S> = (
    UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>
  )

  /// Σ x y of each row: the numbers of `dotProduct`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func dotProducts<S: MatrixElement>(
    _ x: UnsafePointer<S>, _ rows: FourRows<S>, count: Int
  ) -> SIMD4<S> {
    var (a, b) = (SIMD8<S>(repeating: 0), SIMD8<S>(repeating: 0))
    var (c, d) = (a, b)
    let whole = count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      func eight(_ row: UnsafePointer<S>) -> SIMD8<S> {
        UnsafeRawPointer(row + start).loadUnaligned(as: SIMD8<S>.self)
      }
      let x = eight(x)
      a += x * eight(rows.0)
      b += x * eight(rows.1)
      c += x * eight(rows.2)
      d += x * eight(rows.3)
    }
    func total(_ lanes: SIMD8<S>, _ row: UnsafePointer<S>) -> S {
      var rest: S = 0
      for index in whole..<count { rest += x[index] * row[index] }
      let four = lanes.lowHalf + lanes.highHalf
      let two = four.lowHalf + four.highHalf
      return two[0] + two[1] + rest
    }
    return SIMD4(total(a, rows.0), total(b, rows.1), total(c, rows.2), total(d, rows.3))
  }

  /// Adds multiples of four rows, the first one first: the numbers of four times `addRow`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func addRows<S: MatrixElement>(
    _ rows: FourRows<S>, scaledBy factors: SIMD4<S>, to y: UnsafeMutablePointer<S>, count: Int
  ) {
    for index in 0..<count {
      var sum = y[index] + factors[0] * rows.0[index]
      sum += factors[1] * rows.1[index]
      sum += factors[2] * rows.2[index]
      y[index] = sum + factors[3] * rows.3[index]
    }
  }
}
