import CKernels

extension Rows {
  /// Inverted dropout of one row: element i is dropped where the random word at (row, i) of `stream`
  /// is below `probability`, and multiplied with 1 / (1 - probability) where it is kept.
  ///
  /// The backward pass is the same call on the gradient: the words are drawn again, no mask is
  /// stored. `y` may be `x`. The probability is rounded to a multiple of 2^-32.
  package static func dropout<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int, stream: RandomStream,
    row: Int, probability: Double
  ) {
    precondition((0..<1).contains(probability), "dropout probability \(probability)")
    let threshold = UInt32(min((probability * 0x1p32).rounded(), 0x1p32 - 1))
    let scale = 1 / (1 - probability)
    if let native = S.native {
      native.pointee.dropout(
        count, PanelOperations<S>.asFloat(x), PanelOperations<S>.asFloat(y), stream.seed,
        stream.purpose.rawValue, stream.update, UInt32(truncatingIfNeeded: row), threshold,
        Float(scale))
    } else {
      portableDropout(
        x, into: y, count: count, stream: stream, row: UInt32(truncatingIfNeeded: row),
        threshold: threshold, scale: S(scale))
    }
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func portableDropout<S: MatrixElement>(
  _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int, stream: RandomStream,
  row: UInt32, threshold: UInt32, scale: S
) {
  for start in stride(from: 0, to: count, by: 4) {
    let words = stream.words(row: row, block: UInt32(truncatingIfNeeded: start >> 2))
    for i in 0..<min(4, count - start) {
      y[start + i] = words[i] >= threshold ? x[start + i] * scale : 0
    }
  }
}
