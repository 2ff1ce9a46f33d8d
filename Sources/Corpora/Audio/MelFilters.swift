import Compute
import Foundation

/// Triangular filters evenly spaced on the mel scale, `mel = 1127 ln(1 + f / 700)`.
///
/// Filter m rises linearly in frequency from point m to 1 at point m + 1 and falls to point m + 2,
/// of M + 2 points from 20 Hz to half the sampling rate. Source: Davis & Mermelstein (1980); the
/// formula of the scale is that of HTK.
struct MelFilters {
  /// The bins that each filter takes from, and how much of each.
  let filters: [(firstBin: Int, weights: [Double])]

  /// Throws a usage `UserError` if there are so many filters that one lies between two bins, or if
  /// there is nothing above 20 Hz.
  init(count: Int, transformSize: Int, sampleRate: Int) throws {
    let nyquist = Double(sampleRate) / 2
    guard nyquist > Self.lowest else {
      throw UserError.usage(
        "\(sampleRate) samples a second hold no sound above \(Int(Self.lowest)) Hz, "
          + "expected at least 1000")
    }
    let (low, high) = (Self.mel(Self.lowest), Self.mel(nyquist))
    let points = (0..<count + 2).map {
      Self.frequency(low + (high - low) * Double($0) / Double(count + 1))
    }
    let width = Double(sampleRate) / Double(transformSize)
    filters = try (0..<count).map { index in
      let (left, center, right) = (points[index], points[index + 1], points[index + 2])
      let bins = Int(left / width) + 1...max(Int(left / width) + 1, Int(right / width))
      let weights = bins.map { bin in
        let f = Double(bin) * width
        return max(0, min((f - left) / (center - left), (right - f) / (right - center)))
      }
      guard weights.contains(where: { $0 > 0 }) else {
        throw UserError.usage(
          "\(count) mel filters are too many: filter \(index + 1) lies between two of the "
            + "\(transformSize / 2 + 1) frequencies of the spectrum",
          hint: "lower features.filters, or raise features.window_ms")
      }
      return (bins.lowerBound, weights)
    }
  }

  private static let lowest = 20.0
  private static func mel(_ frequency: Double) -> Double { 1127 * log(1 + frequency / 700) }
  private static func frequency(_ mel: Double) -> Double { 700 * (exp(mel / 1127) - 1) }
}
