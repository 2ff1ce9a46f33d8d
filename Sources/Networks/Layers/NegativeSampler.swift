import Autodiff
import Compute

/// Draws the classes that the targets of a minibatch are compared with: one set for all of its tokens.
///
/// Draws follow from (seed, update) alone, and come at random times, one a unit of time on average. They
/// go on until one more class than wanted has come, at time τ, or for 32 times as many draws. Of classes
/// that come with rate q, one is there by τ with probability `π = 1 - e^-qτ`, and sums over the found ones,
/// each divided by its π, are unbiased estimates of sums over all: bottom-k sampling, Cohen & Kaplan
/// (2007), Duffield et al. (2007).
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
final class NegativeSampler<S: MatrixElement>: @unchecked Sendable {
  let noise: NoiseDistribution
  let count: Int
  /// A bit for each class that was drawn.
  private var isDrawn: [UInt64]
  private var found: [Int32] = []
  private let ids: AlignedBuffer<Int32>
  private let corrections: AlignedBuffer<S>
  private let weights: AlignedBuffer<S>
  /// When the last set was complete: as many draws are expected by then.
  private var time = 0.0

  init(_ noise: NoiseDistribution, count: Int) {
    self.noise = noise
    self.count = count
    isDrawn = Array(repeating: 0, count: (noise.classes + 63) / 64)
    found.reserveCapacity(count)
    ids = AlignedBuffer(count: count)
    corrections = AlignedBuffer(count: count)
    weights = AlignedBuffer(count: count)
  }

  /// What a found class adds to its output.
  enum Correction {
    /// `-ln π`: the sum over found classes estimates that over all.
    case partition
    /// `-ln qτ`: the odds that a token is a draw of noise.
    case odds
  }

  /// Draws the classes of a minibatch; valid until the next.
  func draw(_ random: RandomStream, _ correction: Correction) -> SampledClasses<S> {
    find(random)
    let hasAll = found.count == noise.classes
    for (place, id) in found.enumerated() {
      let expected = time * noise.probability(of: Int(id))
      let inclusion = hasAll ? 1 : 1 - Scalar.exp(-expected)
      ids.base[place] = id
      corrections.base[place] = -S(Scalar.log(correction == .partition ? inclusion : expected))
      weights.base[place] = S(expected / inclusion)
    }
    for place in found.count..<count {
      (ids.base[place], corrections.base[place], weights.base[place]) = (-1, 0, 0)
    }
    return SampledClasses(
      ids: UnsafeBufferPointer(start: ids.base, count: count), corrections: corrections.base,
      weights: weights.base)
  }

  /// `-ln qτ` of a target, by the last draw.
  func odds(of target: Int32) -> S {
    -S(Scalar.log(time * noise.probability(of: Int(target))))
  }

  private func find(_ random: RandomStream) {
    for id in found { isDrawn[Int(id) >> 6] = 0 }
    found.removeAll(keepingCapacity: true)
    time = 0
    for draw in 0..<32 * count {
      let words = random.words(row: 0, block: UInt32(draw))
      time -= Scalar.log((Double(words[2]) + 1) * 0x1p-32)
      let id = noise.draw(words[0], words[1])
      let bit: UInt64 = 1 << UInt64(id & 63)
      guard isDrawn[id >> 6] & bit == 0 else { continue }
      // One too many tells the time.
      if found.count == count { break }
      isDrawn[id >> 6] |= bit
      found.append(Int32(id))
      if found.count == noise.classes { break }
    }
    found.sort()
  }
}
