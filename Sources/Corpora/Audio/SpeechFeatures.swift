import Compute
import Foundation

/// Turns sound of one sampling rate into sequences of feature vectors.
///
/// pre-emphasis `x_t - 0.97 x_(t-1)` → frames of `windowSeconds` every `shiftSeconds`, those that lie
/// inside the sound → Hamming window → power spectrum at the next power of two → mel filters →
/// natural logarithm, at least ln 1e-10 → for MFCC an orthonormal DCT-II and the lifter
/// `1 + 11 sin(πn / 22)` → slopes.
///
/// Computed in Double, rounded at the end. Cost: about 10 µs a frame.
package struct SpeechFeatures: Sendable {
  package let configuration: SpeechFeatureConfiguration
  package let sampleRate: Int
  /// Samples of a frame, and from one frame to the next.
  package let windowLength: Int
  package let shift: Int
  private let window: [Double]
  private let spectrum: PowerSpectrum
  private let filters: MelFilters
  /// `[coefficients, filters]`: DCT and lifter in one; empty for log-mel.
  private let cosines: [Double]

  /// Samples of a frame at most.
  private static let longestWindow = 1_048_576

  /// Throws a usage `UserError` where the configuration does not fit the sampling rate.
  package init(_ configuration: SpeechFeatureConfiguration, sampleRate: Int) throws {
    self.configuration = configuration
    self.sampleRate = sampleRate
    let length = (configuration.windowSeconds * Double(sampleRate)).rounded()
    shift = Int((configuration.shiftSeconds * Double(sampleRate)).rounded())
    guard length >= 2, length <= Double(Self.longestWindow), shift >= 1 else {
      throw UserError.usage(
        "a frame of \(Int(min(length, 1e9))) samples every \(shift) samples at \(sampleRate) samples a second, "
          + "expected 2 to \(Self.longestWindow) every 1 or more",
        hint: "change features.window_ms and features.shift_ms")
    }
    let windowLength = Int(length)
    self.windowLength = windowLength
    window = (0..<windowLength).map {
      0.54 - 0.46 * cos(2 * Double.pi * Double($0) / Double(windowLength - 1))
    }
    var size = 2
    while size < windowLength { size *= 2 }
    spectrum = PowerSpectrum(size: size)
    let count = configuration.filterCount
    filters = try MelFilters(count: count, transformSize: size, sampleRate: sampleRate)
    guard configuration.kind == .mfcc else {
      cosines = []
      return
    }
    guard configuration.coefficientCount <= count else {
      throw UserError.usage(
        "features.coefficients is \(configuration.coefficientCount), expected at most "
          + "\(count), the mel filters", hint: "lower it, or raise features.filters")
    }
    cosines = (0..<configuration.coefficientCount).flatMap { n in
      let scale = ((n == 0 ? 1 : 2) / Double(count)).squareRoot()
      let lifter = 1 + 11 * sin(Double.pi * Double(n) / 22)
      return (0..<count).map { m in
        scale * lifter * cos(Double.pi * Double(n) * (Double(m) + 0.5) / Double(count))
      }
    }
  }

  /// Frames that lie inside so many samples.
  package func frameCount(samples: Int) -> Int {
    samples < windowLength ? 0 : 1 + (samples - windowLength) / shift
  }

  /// Steps that the network will read of so many samples.
  package func stepCount(samples: Int) -> Int {
    let stacked = configuration.stackedFrames
    return (frameCount(samples: samples) + stacked - 1) / stacked
  }

  /// The features of `samples`, `[steps, configuration.width]`; empty if they are shorter than a
  /// frame.
  package func extract(_ samples: [Float]) -> [Float] {
    let frames = frameCount(samples: samples.count)
    guard frames > 0 else { return [] }
    var features = withSlopes(staticFeatures(samples, frames: frames), frames: frames)
    if configuration.isNormalized { normalize(&features, frames: frames) }
    return stacked(features, frames: frames)
  }

  /// `[frames, staticWidth]`.
  private func staticFeatures(_ samples: [Float], frames: Int) -> [Double] {
    let (size, filterCount) = (spectrum.size, filters.filters.count)
    let width = configuration.staticWidth
    var scratch = [Double](repeating: 0, count: 2 * size + spectrum.binCount + filterCount)
    var result = [Double](repeating: 0, count: frames * width)
    scratch.withUnsafeMutableBufferPointer { scratch in
      result.withUnsafeMutableBufferPointer { result in
        guard let frame = scratch.baseAddress, let target = result.baseAddress else { return }
        let (imaginary, power) = (frame + size, frame + 2 * size)
        let energies = power + spectrum.binCount
        for index in 0..<frames {
          let start = index * shift
          for place in 0..<windowLength {
            let time = start + place
            let previous = time > 0 ? Double(samples[time - 1]) : 0
            frame[place] = window[place] * (Double(samples[time]) - 0.97 * previous)
          }
          for place in windowLength..<size { frame[place] = 0 }
          spectrum.compute(frame, imaginary: imaginary, into: power)
          for (filter, (firstBin, weights)) in filters.filters.enumerated() {
            var sum = 0.0
            for (bin, weight) in weights.enumerated() { sum += weight * power[firstBin + bin] }
            energies[filter] = log(max(sum, 1e-10))
          }
          let row = target + index * width
          guard configuration.kind == .mfcc else {
            row.update(from: energies, count: width)
            continue
          }
          for coefficient in 0..<width {
            var sum = 0.0
            for filter in 0..<filterCount {
              sum += cosines[coefficient * filterCount + filter] * energies[filter]
            }
            row[coefficient] = sum
          }
        }
      }
    }
    return result
  }

  /// Appends to every frame the slopes `Σ_k k (c_(t+k) - c_(t-k)) / 10`, k = 1, 2, with the first and
  /// last frame repeated beyond the ends; then those of the slopes.
  private func withSlopes(_ values: [Double], frames: Int) -> [Double] {
    let (part, width) = (configuration.staticWidth, configuration.frameWidth)
    guard configuration.deltaOrder > 0 else { return values }
    var result = [Double](repeating: 0, count: frames * width)
    for frame in 0..<frames {
      for column in 0..<part { result[frame * width + column] = values[frame * part + column] }
    }
    for order in 1...configuration.deltaOrder {
      for frame in 0..<frames {
        for column in (order - 1) * part..<order * part {
          func value(_ frame: Int) -> Double {
            result[max(0, min(frames - 1, frame)) * width + column]
          }
          let slope =
            (value(frame + 1) - value(frame - 1)) + 2 * (value(frame + 2) - value(frame - 2))
          result[frame * width + column + part] = slope / 10
        }
      }
    }
    return result
  }

  /// Gives every column mean 0 and variance 1; a column that never varies becomes 0.
  private func normalize(_ values: inout [Double], frames: Int) {
    let width = configuration.frameWidth
    for column in 0..<width {
      let places = stride(from: column, to: frames * width, by: width)
      let mean = places.reduce(0) { $0 + values[$1] } / Double(frames)
      let square = places.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
      let variance = square / Double(frames)
      let scale = variance > 1e-20 * (1 + mean * mean) ? 1 / variance.squareRoot() : 0
      for place in places { values[place] = (values[place] - mean) * scale }
    }
  }

  /// Puts `stackedFrames` frames side by side; the last frame is repeated where some are missing.
  private func stacked(_ values: [Double], frames: Int) -> [Float] {
    let (count, width) = (configuration.stackedFrames, configuration.frameWidth)
    let steps = (frames + count - 1) / count
    var result: [Float] = []
    result.reserveCapacity(steps * count * width)
    for frame in 0..<steps * count {
      let start = min(frame, frames - 1) * width
      for column in 0..<width { result.append(Float(values[start + column])) }
    }
    return result
  }
}
