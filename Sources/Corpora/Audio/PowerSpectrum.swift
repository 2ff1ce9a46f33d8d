import Foundation

/// The power spectrum of real frames whose length is a power of two.
///
/// Cooley & Tukey (1965), radix 2, in place, in Double. Cost: about 5 · n · log₂ n operations.
struct PowerSpectrum {
  /// Points of the transform.
  let size: Int
  private let cosines: [Double]
  private let sines: [Double]
  private let reversed: [Int]

  /// - Parameter size: a power of two, at least 2.
  init(size: Int) {
    precondition(size > 1 && size & (size - 1) == 0, "\(size) points")
    self.size = size
    let angles = (0..<size / 2).map { -2 * Double.pi * Double($0) / Double(size) }
    cosines = angles.map { cos($0) }
    sines = angles.map { sin($0) }
    let bits = size.trailingZeroBitCount
    reversed = (0..<size).map { index in
      (0..<bits).reduce(0) { $0 | (index >> $1 & 1) << (bits - 1 - $1) }
    }
  }

  /// Bins from 0 to half the sampling rate.
  var binCount: Int { size / 2 + 1 }

  /// Writes |X_k|² of `frame` (`[size]`, overwritten) to `power` (`[binCount]`).
  ///
  /// - Parameter imaginary: memory for `[size]`.
  func compute(
    _ frame: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>,
    into power: UnsafeMutablePointer<Double>
  ) {
    imaginary.update(repeating: 0, count: size)
    for index in 0..<size where index < reversed[index] {
      swap(&frame[index], &frame[reversed[index]])
    }
    var half = 1
    while half < size {
      let step = size / (2 * half)
      var start = 0
      while start < size {
        for index in 0..<half {
          let (low, high) = (start + index, start + index + half)
          let (c, s) = (cosines[index * step], sines[index * step])
          let real = c * frame[high] - s * imaginary[high]
          let other = c * imaginary[high] + s * frame[high]
          frame[high] = frame[low] - real
          imaginary[high] = imaginary[low] - other
          frame[low] += real
          imaginary[low] += other
        }
        start += 2 * half
      }
      half *= 2
    }
    for bin in 0..<binCount {
      power[bin] = frame[bin] * frame[bin] + imaginary[bin] * imaginary[bin]
    }
  }
}
