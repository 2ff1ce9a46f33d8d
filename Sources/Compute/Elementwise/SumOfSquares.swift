import CKernels

extension Rows {
  /// Σ x² in double precision: no overflow for `Float`, and for a fixed count a fixed order.
  package static func sumOfSquares<S: MatrixElement>(_ x: UnsafePointer<S>, count: Int) -> Double {
    if let native = S.native {
      return native.pointee.sum_of_squares(count, PanelOperations<S>.asFloat(x))
    }
    return portableSumOfSquares(x, count: count)
  }
}

/// In 16 interleaved lanes, as the kernels.
@specialized(where S == Float)
@specialized(where S == Double)
private func portableSumOfSquares<S: MatrixElement>(_ x: UnsafePointer<S>, count: Int) -> Double {
  var lanes = SIMD16<Double>(repeating: 0)
  var start = 0
  while start < count {
    for i in 0..<min(16, count - start) {
      let value = Double(x[start + i])
      lanes[i] += value * value
    }
    start += 16
  }
  // Halves are folded: lane i with lane i + 8, then + 4, + 2, + 1.
  let eight = lanes.lowHalf + lanes.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}
