import CKernels

/// Functions applied to every element of a block. `y` may be `x`.
///
/// Error of the kernels, tested in `ActivationTests`: see `ckernels.h`. A finite number never
/// becomes NaN, and NaN stays NaN.
public enum Activations {
  /// y = 1 / (1 + e^-x).
  public static func sigmoid<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    if let native = S.native {
      native.pointee.sigmoid(
        count, PanelOperations<S>.asFloat(x), PanelOperations<S>.asFloat(y))
    } else {
      portableSigmoid(x, into: y, count: count)
    }
  }

  /// y = tanh x.
  public static func tanh<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    if let native = S.native {
      native.pointee.tanh(count, PanelOperations<S>.asFloat(x), PanelOperations<S>.asFloat(y))
    } else {
      portableTanh(x, into: y, count: count)
    }
  }

  /// y = e^x; overflows to infinity and underflows to zero.
  public static func exp<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    if let native = S.native {
      native.pointee.exp(count, PanelOperations<S>.asFloat(x), PanelOperations<S>.asFloat(y))
    } else {
      portableExp(x, into: y, count: count)
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func portableSigmoid<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    for i in 0..<count { y[i] = Scalar.sigmoid(x[i]) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func portableTanh<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    for i in 0..<count { y[i] = Scalar.tanh(x[i]) }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private static func portableExp<S: MatrixElement>(
    _ x: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, count: Int
  ) {
    for i in 0..<count { y[i] = Scalar.exp(x[i]) }
  }
}
