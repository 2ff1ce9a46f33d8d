import CKernels
import Compute

// The rules with a root have kernels (CKernels/optimizers.inc.h), without which they ran at 8 of 56 GB/s;
// kernels exist for Float only.

extension WeightRange {
  /// Steps by the kernel of a rule with one moment.
  func run(
    _ kernel: (
      Int, UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafePointer<unroll_step>?
    ) -> Void, _ constants: StepConstants<S>
  ) {
    var constants = constants.kernel(factor: factor)
    kernel(count, weights.float, gradients.float, moment(0).float, &constants)
  }

  /// Steps by the kernel of a rule with two moments.
  func run(
    _ kernel: (
      Int, UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Float>?, UnsafePointer<unroll_step>?
    ) -> Void, _ constants: StepConstants<S>
  ) {
    var constants = constants.kernel(factor: factor)
    kernel(count, weights.float, gradients.float, moment(0).float, moment(1).float, &constants)
  }
}

extension StepConstants {
  /// The constants as a kernel takes them.
  fileprivate func kernel(factor: S) -> unroll_step {
    unroll_step(
      factor: Float(factor), rate: Float(rate), decay: Float(decay), shrink: Float(shrink),
      first: Float(first), second: Float(second), second_correction: Float(secondCorrection),
      epsilon: Float(epsilon))
  }
}

extension UnsafeMutablePointer {
  fileprivate var float: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
  }
}

extension UnsafePointer {
  fileprivate var float: UnsafePointer<Float> {
    UnsafeRawPointer(self).assumingMemoryBound(to: Float.self)
  }
}
