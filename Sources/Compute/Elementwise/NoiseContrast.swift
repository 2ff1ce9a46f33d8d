extension Rows {
  /// Loss and gradient of one row of noise samples: returns `Σ_i w_i ln(1 + e^x_i)`, what it costs to take
  /// them for noise, and turns x into `w_i σ(x_i) * scale`.
  ///
  /// As `sigmoidCrossEntropy` it lets no finite x overflow. Cost: an exponential and two divisions a
  /// sample.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func noiseContrast<S: MatrixElement>(
    logits x: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, count: Int, scale: S
  ) -> S {
    let block = 64
    return withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * block) { buffer in
      let power = buffer.baseAddress!
      let logarithm = power + block
      var loss = 0.0
      for start in stride(from: 0, to: count, by: block) {
        let n = min(block, count - start)
        let (x, w) = (x + start, weights + start)
        for i in 0..<n { (power + i).initialize(to: -abs(x[i])) }
        Activations.exp(power, into: power, count: n)
        logarithmOfOnePlus(power, into: logarithm, count: n)
        var sum: S = 0
        for i in 0..<n {
          sum += w[i] * (max(x[i], 0) + logarithm[i])
          x[i] = (x[i] < 0 ? power[i] : 1) / (1 + power[i]) * w[i] * scale
        }
        loss += Double(sum)
      }
      return S(loss)
    }
  }
}

/// ln(1 + u) of u in 0…1: in `Float`, where kernels are present, 2 artanh(u / (2 + u)) by its series, to
/// 1e-7.
@specialized(where S == Float)
@specialized(where S == Double)
private func logarithmOfOnePlus<S: MatrixElement>(
  _ u: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
) {
  guard S.native != nil else {
    for i in 0..<count { (y + i).initialize(to: Scalar.log(1 + u[i])) }
    return
  }
  for i in 0..<count {
    let z = u[i] / (2 + u[i])
    let square = z * z
    var sum = square * (1 / 11 as S) + (1 / 9 as S)
    sum = sum * square + (1 / 7 as S)
    sum = sum * square + (1 / 5 as S)
    sum = sum * square + (1 / 3 as S)
    (y + i).initialize(to: 2 * z * (sum * square + 1))
  }
}
