import Compute

/// Brings what steers the heads into its range:
///
///     k = tanh,  β = softplus,  g = σ,  γ = 1 + softplus,  s = softmax,  e = σ,  a = tanh
///
/// Source: Graves, Wayne & Danihelka, "Neural Turing Machines" (2014), section 3; bounded keys and
/// additions as by Collier & Beel, "Implementing Neural Turing Machines" (2018).
struct HeadParameters<S: MatrixElement> {
  let shape: MemoryShape

  /// - `raw` `[parameterColumns]`, read; `squashed` `[parameterColumns]`, overwritten
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ raw: UnsafePointer<S>, into squashed: UnsafeMutablePointer<S>) {
    let width = shape.width
    for index in 0..<shape.headCount {
      let head = shape.head(index)
      Activations.tanh(raw + head.key, into: squashed + head.key, count: width)
      squashed[head.strength] = softplus(raw[head.strength])
      squashed[head.gate] = Scalar.sigmoid(raw[head.gate])
      squashed[head.sharpening] = 1 + softplus(raw[head.sharpening])
      Rows.softmax(raw + head.shifts, into: squashed + head.shifts, count: shape.shiftCount)
      if index >= shape.readHeadCount {
        Activations.sigmoid(raw + head.erase, into: squashed + head.erase, count: width)
        Activations.tanh(raw + head.add, into: squashed + head.add, count: width)
      }
    }
  }

  /// - `squashed` `[parameterColumns]`, read
  /// - `gradient` `[parameterColumns]`: in by the squashed, out by the raw parameters
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ squashed: UnsafePointer<S>, _ gradient: UnsafeMutablePointer<S>) {
    let width = shape.width
    for index in 0..<shape.headCount {
      let head = shape.head(index)
      tanhSlope(squashed + head.key, gradient + head.key, width)
      gradient[head.strength] *= 1 - Scalar.exp(-squashed[head.strength])
      gradient[head.gate] *= squashed[head.gate] * (1 - squashed[head.gate])
      gradient[head.sharpening] *= 1 - Scalar.exp(1 - squashed[head.sharpening])
      Rows.softmaxBackward(squashed + head.shifts, gradient + head.shifts, count: shape.shiftCount)
      if index >= shape.readHeadCount {
        let erase = squashed + head.erase
        for column in 0..<width {
          gradient[head.erase + column] *= erase[column] * (1 - erase[column])
        }
        tanhSlope(squashed + head.add, gradient + head.add, width)
      }
    }
  }

  private func tanhSlope(
    _ y: UnsafePointer<S>, _ gradient: UnsafeMutablePointer<S>, _ count: Int
  ) {
    for index in 0..<count { gradient[index] *= 1 - y[index] * y[index] }
  }

  /// ln(1 + e^x), without overflow. Its slope is 1 - e^-y.
  private func softplus(_ x: S) -> S {
    max(x, 0) + Scalar.log(1 + Scalar.exp(-abs(x)))
  }
}
