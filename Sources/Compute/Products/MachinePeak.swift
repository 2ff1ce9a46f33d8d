import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What one thread of this machine can do at best: the yardstick for every other figure.
///
/// A single measurement takes about a millisecond and suffers from whatever else runs, so the best
/// of several counts. For a whole machine call it on every worker at once.
package enum MachinePeak {
  /// Multiplies and additions in registers only, in GFLOP/s; nil for bf16 where the machine has no
  /// bf16 dot product, and for the portable code.
  package static func gigaflops(_ precision: Precision, measurements: Int = 20) -> Double? {
    guard let kernels = InstructionSet.kernels else { return nil }
    guard precision == .f32 || InstructionSet.supportsBF16 else { return nil }
    return best(of: measurements) {
      precision == .f32 ? kernels.pointee.peak_f32(10_000) : kernels.pointee.peak_bf16(10_000)
    }
  }

  /// Memory bandwidth in GB/s: a = b + 3c over arrays that no cache holds, 12 bytes an element,
  /// stores past the caches. Nil for the portable code. Allocates 12 bytes an element, 192 MiB.
  ///
  /// - Parameter ready: called when the memory is there, before the clock starts: a barrier, if
  ///   several threads measure at once.
  package static func memoryBandwidth(
    measurements: Int = 5, elements count: Int = 16 << 20, ready: () -> Void = {}
  ) -> Double? {
    guard let kernels = InstructionSet.kernels else { return nil }
    let arrays = (0..<3).map { _ in AlignedBuffer<Float>(count: count) }
    // What nobody has written is one page of zeros, which a cache does hold.
    for array in arrays { array.elements.update(repeating: 1) }
    ready()
    return best(of: measurements) {
      kernels.pointee.triad(count, arrays[0].base, arrays[1].base, arrays[2].base)
      return Double(count) * 12
    }
  }

  /// The highest rate in 10⁹ per second; `work` returns how much it did.
  private static func best(of measurements: Int, _ work: () -> Double) -> Double {
    _ = work()
    var rate = 0.0
    for _ in 0..<measurements {
      let start = seconds()
      let amount = work()
      rate = max(rate, amount / (seconds() - start))
    }
    return rate * 1e-9
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
