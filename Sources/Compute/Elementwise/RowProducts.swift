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
