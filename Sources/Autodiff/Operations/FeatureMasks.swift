import Compute
import Parallel

/// What of a spectrogram is blotted out in training: `FeatureMasks`.
public struct FeatureMasking: Sendable, Equatable {
  /// Stretches of steps in each sequence.
  public var timeMasks = 0
  /// Most steps of a stretch; it is never longer than a fifth of its sequence.
  public var timeMaskSteps = 0
  /// Bands of neighbouring channels in each sequence.
  public var frequencyMasks = 0
  /// Most channels of a band.
  public var frequencyMaskWidth = 0
  /// Channels of a spectrogram. What has more columns has several, its slopes or neighbouring frames, and all lose
  /// the same band.
  public var channels: Int

  public init(channels: Int) { self.channels = channels }
}

/// `Y = X` but for some stretches of steps and bands of channels, which are zero: the mean of normalised features.
///
/// The masks of SpecAugment (Park et al. 2019): in every update and sequence a width is uniform in 0 … W, then the
/// place among those where it fits. They are never stored but drawn again, at (seed, update, sequence, mask), in the
/// backward pass.
struct FeatureMasks<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let masking: FeatureMasking
  let random: RowStreams

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    for range in y.ranges(of: lane) {
      for token in range {
        y.value.row(token).update(from: x.value.row(token), count: y.value.paddedColumns)
      }
    }
    mask(y.value, lane)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    // In place: nobody reads this gradient again.
    if let dy = y.gradient { mask(dy, lane) }
    x.handOn(y, lane)
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  private func mask(_ values: Matrix<S>, _ lane: Lane<S>) {
    let layout = y.plan.layout
    for row in y.plan.shard(of: lane.worker).rows {
      let length = layout.lengths[row]
      for index in 0..<masking.timeMasks {
        let stretch = mask(
          index, of: row, most: min(masking.timeMaskSteps, length / 5), in: length)
        for step in stretch {
          values.row(layout.offsets[step] + row).update(repeating: 0, count: values.columns)
        }
      }
      for index in 0..<masking.frequencyMasks {
        let band = mask(
          masking.timeMasks + index, of: row, most: masking.frequencyMaskWidth,
          in: masking.channels)
        for step in 0..<length {
          let channels = values.row(layout.offsets[step] + row)
          for first in stride(from: 0, to: values.columns, by: masking.channels) {
            (channels + first + band.lowerBound).update(repeating: 0, count: band.count)
          }
        }
      }
    }
  }

  /// Up to `most` neighbours of `count`.
  private func mask(_ index: Int, of row: Int, most: Int, in count: Int) -> Range<Int> {
    let (stream, number) = random(row)
    func uniform(below bound: Int, _ index: Int) -> Int {
      Int((UInt64(stream.word(row: number, index: index)) * UInt64(bound)) >> 32)
    }
    let width = uniform(below: min(most, count) + 1, 2 * index)
    let start = uniform(below: count - width + 1, 2 * index + 1)
    return start..<start + width
  }
}

extension Tape {
  /// Records masks on features in training; the identity otherwise.
  ///
  /// - Parameter x: `[tokens, n · channels]`, of mean 0.
  package func masked(_ x: Variable<S>, _ masking: FeatureMasking) -> Variable<S> {
    let isWanted =
      masking.timeMasks * masking.timeMaskSteps > 0
      || masking.frequencyMasks * masking.frequencyMaskWidth > 0
    guard hasNoise, isWanted else { return x }
    precondition(x.extent == .tokens && x.columns % masking.channels == 0)
    let y = variable(columns: x.columns, plan: x.plan, needsGradient: x.gradient != nil)
    record(
      FeatureMasks(
        x: x.consumed(), y: y, masking: masking, random: streams(.featureMasks, x.plan, .sequences))
    )
    return y
  }
}
