import Compute

/// Finds the slots that resemble a key:
///
///     K(i) = k · M(i) / (|k| |M(i)|),   w(i) = softmax_i(β K(i)),   |x| = √(x · x + ε)
///
/// - k `[M]`; memory `[M, N]`: the numbers of one column of all slots stand side by side, so that
///   every loop runs over the slots; K, w, |M| `[N]`
/// - backward: `dK = β dS` with `dS` by the softmax's input, `dβ = Σ dS K`, and with
///   `p = dK / (|k| |M|)`:
///   `dk = Σ_i p(i) M(i) - k Σ_i dK(i) K(i) / |k|²`,  `dM(i) += p(i) k - M(i) dK(i) K(i) / |M(i)|²`
///
/// ε is 0.01, so a slot far fainter than 0.1 resembles nothing. Without it the direction of numbers
/// that are next to nothing counts as much as any: gradients grow as 1 / |M|, and training jumps
/// (`recipes/ntm-copy.toml`: two of five seeds against none).
/// Source: Graves, Wayne & Danihelka (2014), section 3.3.1, where ε is 0.
struct ContentAddressing<S: MatrixElement> {
  let shape: MemoryShape

  static var epsilon: S { S(MemoryShape.normEpsilon) }

  /// |M(i)| of every slot, shared by all heads of a step.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func norms(of memory: UnsafePointer<S>, into norms: UnsafeMutablePointer<S>) {
    let slots = shape.slotCount
    for slot in 0..<slots { norms[slot] = Self.epsilon }
    for column in 0..<shape.width {
      let values = memory + column * slots
      for slot in 0..<slots { norms[slot] += values[slot] * values[slot] }
    }
    for slot in 0..<slots { norms[slot] = norms[slot].squareRoot() }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    key: UnsafePointer<S>, strength: S, memory: UnsafePointer<S>, norms: UnsafePointer<S>,
    similarity: UnsafeMutablePointer<S>, weight: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    similarity.clear(count: slots)
    for column in 0..<shape.width {
      Rows.addRow(memory + column * slots, scaledBy: key[column], to: similarity, count: slots)
    }
    let keyNorm = norm(ofKey: key)
    for slot in 0..<slots {
      similarity[slot] /= keyNorm * norms[slot]
      weight[slot] = strength * similarity[slot]
    }
    Rows.softmax(weight, into: weight, count: slots)
  }

  /// - `dWeight` `[N]`: in by w; overwritten with p
  /// - `dKey` `[M]`, `dStrength`: overwritten
  /// - `decay` `[N]`: gets `-dK(i) K(i) / |M(i)|²` added, by which M(i) is to be multiplied for all
  ///   heads at once
  /// - `dMemory` `[M, N]`: added to, but for that
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    key: UnsafePointer<S>, strength: S, memory: UnsafePointer<S>, norms: UnsafePointer<S>,
    similarity: UnsafePointer<S>, weight: UnsafePointer<S>, dWeight: UnsafeMutablePointer<S>,
    dKey: UnsafeMutablePointer<S>, dStrength: UnsafeMutablePointer<S>,
    decay: UnsafeMutablePointer<S>, dMemory: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    Rows.softmaxBackward(weight, dWeight, count: slots)
    let dS = Rows.dotProduct(dWeight, similarity, count: slots)
    dStrength.pointee = dS
    let keyNorm = norm(ofKey: key)
    for slot in 0..<slots {
      let dK = strength * dWeight[slot]
      decay[slot] -= dK * similarity[slot] / (norms[slot] * norms[slot])
      dWeight[slot] = dK / (keyNorm * norms[slot])
    }
    let keyDecay = strength * dS / (keyNorm * keyNorm)
    for column in 0..<shape.width {
      let start = column * slots
      dKey[column] = Rows.dotProduct(memory + start, dWeight, count: slots) - keyDecay * key[column]
      Rows.addRow(dWeight, scaledBy: key[column], to: dMemory + start, count: slots)
    }
  }

  /// `dM(i) += decay(i) M(i)`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func apply(
    decay: UnsafePointer<S>, memory: UnsafePointer<S>, dMemory: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    for column in 0..<shape.width {
      let (values, gradients) = (memory + column * slots, dMemory + column * slots)
      for slot in 0..<slots { gradients[slot] += decay[slot] * values[slot] }
    }
  }

  private func norm(ofKey key: UnsafePointer<S>) -> S {
    (Rows.dotProduct(key, key, count: shape.width) + Self.epsilon).squareRoot()
  }
}
