import CKernels

extension Rows {
  /// Loss and gradient of one row: returns -ln softmax(logits)[target] and turns the logits into
  /// `(softmax(logits) - onehot(target)) * scale`. With `scale` 0 the logits are left as they are.
  ///
  /// The maximum is subtracted first, so finite logits never overflow. A NaN among the logits makes
  /// the loss NaN. Cost: three passes over the row (two with scale 0), one exponential an element.
  package static func softmaxCrossEntropy<S: MatrixElement>(
    logits: UnsafeMutablePointer<S>, count: Int, target: Int, scale: S
  ) -> S {
    precondition((0..<count).contains(target), "target \(target) of \(count) classes")
    if let native = S.native {
      return S(
        native.pointee.softmax_cross_entropy(
          count, PanelOperations<S>.asFloat(logits), target, Float(scale)))
    }
    return portableSoftmaxCrossEntropy(logits: logits, count: count, target: target, scale: scale)
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func portableSoftmaxCrossEntropy<S: MatrixElement>(
  logits: UnsafeMutablePointer<S>, count: Int, target: Int, scale: S
) -> S {
  var maximum = logits[0]
  for i in 1..<max(count, 1) where logits[i] > maximum { maximum = logits[i] }
  var sum: S = 0
  for i in 0..<count { sum += Scalar.exp(logits[i] - maximum) }
  let loss = Scalar.log(sum) - (logits[target] - maximum)
  if scale != 0 {
    let factor = scale / sum
    for i in 0..<count { logits[i] = Scalar.exp(logits[i] - maximum) * factor }
    logits[target] -= scale
  }
  return loss
}
