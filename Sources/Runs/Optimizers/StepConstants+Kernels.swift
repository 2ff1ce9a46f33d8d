import CKernels
import Compute

// The rules with a root have kernels (CKernels/optimizers.inc.h), without which they ran at 8 of 56 GB/s;
// kernels exist for Float only.

extension StepConstants {
  /// The constants as a kernel takes them.
  func kernel(factor: S) -> unroll_step {
    unroll_step(
      factor: Float(factor), rate: Float(rate), decay: Float(decay), shrink: Float(shrink),
      first: Float(first), second: Float(second), second_correction: Float(secondCorrection),
      epsilon: Float(epsilon))
  }
}

extension UnsafeMutablePointer {
  var float: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
  }
}

extension UnsafePointer {
  var float: UnsafePointer<Float> { UnsafeRawPointer(self).assumingMemoryBound(to: Float.self) }
}
