extension Rows {
  /// y = softmax x, over at least one number; `y` may be `x`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func softmax<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    var largest = x[0]
    for index in 1..<max(count, 1) { largest = max(largest, x[index]) }
    for index in 0..<count { y[index] = x[index] - largest }
    Activations.exp(y, into: y, count: count)
    var sum: S = 0
    for index in 0..<count { sum += y[index] }
    let factor = 1 / sum
    for index in 0..<count { y[index] *= factor }
  }
}

extension Rows {
  /// `gradient` becomes that by the softmax's input from that by its output `y`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func softmaxBackward<S: MatrixElement>(
    _ y: UnsafePointer<S>, _ gradient: UnsafeMutablePointer<S>, count: Int
  ) {
    let mean = Rows.dotProduct(y, gradient, count: count)
    for index in 0..<count { gradient[index] = y[index] * (gradient[index] - mean) }
  }
}
