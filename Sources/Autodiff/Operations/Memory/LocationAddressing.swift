import Compute

/// Moves a head from where it was, or from what was found by content:
///
///     interpolate  g(i) = g c(i) + (1 - g) w'(i)        c by content, w' the step before
///     shift        v(i) = Σ_j s(j) g(i - j)             j in -range ... range, slots in a ring
///     sharpen      w(i) = v(i)^γ / Σ v^γ
///
/// - all `[N]`; s `[2 range + 1]`
/// - sharpening is formed as `softmax(γ ln v)`, so that a large γ cannot underflow everywhere
/// - backward: with `dS` by that softmax's input `dγ = Σ dS ln v`, `dv = γ dS / v`,
///   `ds(j) = Σ_i dv(i) g(i - j)`, `dg(i) = Σ_j s(j) dv(i + j)`, and then
///   `dc = g dg`, `dw' = (1 - g) dg`, `dg = Σ dg(i) (c(i) - w'(i))`
///
/// Source: Graves, Wayne & Danihelka (2014), section 3.3.2.
struct LocationAddressing<S: MatrixElement> {
  let shape: MemoryShape

  /// A logarithm needs a number above 0.
  private static var least: S { S(MemoryShape.leastShifted) }

  /// - `shifted`, `logarithm`, `weight`: v, ln v and w, overwritten
  /// - `interpolated`: scratch `[N]`
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    content: UnsafePointer<S>, previous: UnsafePointer<S>, gate: S, shifts: UnsafePointer<S>,
    sharpening: S, interpolated: UnsafeMutablePointer<S>, shifted: UnsafeMutablePointer<S>,
    logarithm: UnsafeMutablePointer<S>, weight: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    interpolate(content, previous, gate, into: interpolated)
    shifted.clear(count: slots)
    for index in 0..<shape.shiftCount {
      let split = turn(index)
      Rows.addRow(interpolated, scaledBy: shifts[index], to: shifted + split, count: slots - split)
      Rows.addRow(interpolated + slots - split, scaledBy: shifts[index], to: shifted, count: split)
    }
    for slot in 0..<slots {
      logarithm[slot] = Scalar.log(max(shifted[slot], Self.least))
      weight[slot] = sharpening * logarithm[slot]
    }
    Rows.softmax(weight, into: weight, count: slots)
  }

  /// - `dWeight` `[N]`: in by w, out by w'
  /// - `dContent` `[N]`, `dGate`, `dShifts`, `dSharpening`: overwritten
  /// - `interpolated`, `dInterpolated`: scratch `[N]`
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    content: UnsafePointer<S>, previous: UnsafePointer<S>, gate: S, shifts: UnsafePointer<S>,
    sharpening: S, interpolated: UnsafeMutablePointer<S>, shifted: UnsafePointer<S>,
    logarithm: UnsafePointer<S>, weight: UnsafePointer<S>, dWeight: UnsafeMutablePointer<S>,
    dInterpolated: UnsafeMutablePointer<S>, dContent: UnsafeMutablePointer<S>,
    dGate: UnsafeMutablePointer<S>, dShifts: UnsafeMutablePointer<S>,
    dSharpening: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    Rows.softmaxBackward(weight, dWeight, count: slots)
    dSharpening.pointee = Rows.dotProduct(dWeight, logarithm, count: slots)
    for slot in 0..<slots {
      dWeight[slot] =
        shifted[slot] > Self.least ? sharpening * dWeight[slot] / shifted[slot] : 0
    }
    interpolate(content, previous, gate, into: interpolated)
    dInterpolated.clear(count: slots)
    for index in 0..<shape.shiftCount {
      let split = turn(index)
      dShifts[index] =
        Rows.dotProduct(dWeight + split, interpolated, count: slots - split)
        + Rows.dotProduct(dWeight, interpolated + slots - split, count: split)
      Rows.addRow(dWeight + split, scaledBy: shifts[index], to: dInterpolated, count: slots - split)
      Rows.addRow(dWeight, scaledBy: shifts[index], to: dInterpolated + slots - split, count: split)
    }
    var sum: S = 0
    for slot in 0..<slots {
      sum += dInterpolated[slot] * (content[slot] - previous[slot])
      dContent[slot] = gate * dInterpolated[slot]
      dWeight[slot] = (1 - gate) * dInterpolated[slot]
    }
    dGate.pointee = sum
  }

  /// Slots that shift `index` moves on by, from 0 to N - 1.
  private func turn(_ index: Int) -> Int {
    let slots = shape.slotCount
    let rest = (index - shape.shiftRange) % slots
    return rest < 0 ? rest + slots : rest
  }

  private func interpolate(
    _ content: UnsafePointer<S>, _ previous: UnsafePointer<S>, _ gate: S,
    into interpolated: UnsafeMutablePointer<S>
  ) {
    for slot in 0..<shape.slotCount {
      interpolated[slot] = gate * content[slot] + (1 - gate) * previous[slot]
    }
  }
}
