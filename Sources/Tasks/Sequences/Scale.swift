import Compute
import Corpora

/// Mean and standard deviation of numbers that are brought to 0 and 1.
package struct Scale: Sendable, Equatable {
  package let mean: Double
  /// Above 0; 1 where the numbers do not vary.
  package let deviation: Double

  package static let none = Scale(mean: 0, deviation: 1)

  /// A deviation up to this share of the mean is rounding alone: the numbers do not vary.
  static let roundingShare = 1e-7

  init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Of numbers, of which there is at least one. Two passes in double precision.
  init(of values: some Collection<Float>) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    let isConstant = variance.squareRoot() <= Self.roundingShare * abs(mean) || variance == 0
    self.init(mean: mean, deviation: isConstant ? 1 : variance.squareRoot())
  }

  /// Of each channel, over all steps of all sequences.
  static func ofChannels(_ sequences: VectorSequences) -> [Scale] {
    (0..<sequences.width).map { channel in
      Scale(of: Channel(sequences: sequences, channel: channel))
    }
  }

  /// The numbers of a channel.
  private struct Channel: RandomAccessCollection {
    let sequences: VectorSequences
    let channel: Int

    var startIndex: Int { 0 }
    var endIndex: Int { sequences.values.count / sequences.width }
    subscript(step: Int) -> Float { sequences.values[step * sequences.width + channel] }
  }

  func applied(to value: Float) -> Float { Float((Double(value) - mean) / deviation) }

  func undone(_ value: Float) -> Double { Double(value) * deviation + mean }
}
