extension Rows {
  /// `ln Σ e^x` over at least one number, in double precision. No finite number overflows; a NaN makes it NaN.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func logSumExp<S: MatrixElement>(_ x: UnsafePointer<S>, count: Int) -> Double {
    let largest = Double(x[indexOfLargest(x, count: count)])
    var sum = 0.0
    for index in 0..<count { sum += Scalar.exp(Double(x[index]) - largest) }
    return largest + Scalar.log(sum)
  }

  /// The first of the largest of at least one number.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func indexOfLargest<S: MatrixElement>(_ x: UnsafePointer<S>, count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where x[index] > x[best] { best = index }
    return best
  }
}
