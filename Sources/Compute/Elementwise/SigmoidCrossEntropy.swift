extension Rows {
  /// Loss and gradient of one row of independent yes-or-no classes: returns
  /// `Σ_i -t_i ln σ(x_i) - (1 - t_i) ln(1 - σ(x_i))` and turns the logits x into
  /// `(σ(x) - t) * scale`. With `scale` 0 the logits are left as they are.
  ///
  /// Computed as `max(x, 0) - x t + ln(1 + e^-|x|)`: no finite logit overflows, none cancels. The
  /// logarithms of 64 classes are one, of their product, which is at most 2^64. A NaN among the logits
  /// makes the loss NaN. Targets are 0, 1 or between. Cost: one exponential and one division a class.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func sigmoidCrossEntropy<S: MatrixElement>(
    logits: UnsafeMutablePointer<S>, targets: UnsafePointer<S>, count: Int, scale: S
  ) -> S {
    let block = 64
    return withUnsafeTemporaryAllocation(of: S.self, capacity: block) { buffer in
      let power = buffer.baseAddress!
      var loss = 0.0
      for start in stride(from: 0, to: count, by: block) {
        let n = min(block, count - start)
        let (x, t) = (logits + start, targets + start)
        for i in 0..<n { (power + i).initialize(to: -abs(x[i])) }
        Activations.exp(power, into: power, count: n)
        var product = 1.0
        for i in 0..<n {
          loss += Double(max(x[i], 0) - x[i] * t[i])
          product *= 1 + Double(power[i])
        }
        loss += Scalar.log(product)
        guard scale != 0 else { continue }
        for i in 0..<n {
          let sigmoid = (x[i] < 0 ? power[i] : 1) / (1 + power[i])
          x[i] = (sigmoid - t[i]) * scale
        }
      }
      return S(loss)
    }
  }
}
