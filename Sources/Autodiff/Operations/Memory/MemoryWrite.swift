import Compute

/// Erases and adds, by all writing heads h at once:
///
///     M'(i) = M(i) ⊙ Π_h (1 - w_h(i) e_h) + Σ_h w_h(i) a_h
///
/// - w `[N]`, e and a `[M]` of each head, memory `[M, N]`
/// - backward, with `x = dM'(i) ⊙ M(i) ⊙ Π_{others} (1 - w e)`:
///   `dw_h(i) = -e_h · x(i) + a_h · dM'(i)`, `de_h = -Σ_i w_h(i) x(i)`, `da_h = Σ_i w_h(i) dM'(i)`,
///   `dM(i) = dM'(i) ⊙ Π_h (1 - w_h(i) e_h)`
///
/// The order of the heads does not matter: all erase before any adds.
/// Source: Graves, Wayne & Danihelka (2014), section 3.2.
struct MemoryWrite<S: MatrixElement> {
  let shape: MemoryShape

  /// - `weights` `[heads · N]`: those of the reading heads first
  /// - `parameters` `[parameterColumns]`, squashed
  /// - `result` `[M, N]`, overwritten
  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    weights: UnsafePointer<S>, parameters: UnsafePointer<S>, memory: UnsafePointer<S>,
    into result: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    result.update(from: memory, count: shape.width * slots)
    for index in shape.readHeadCount..<shape.headCount {
      let (head, weight) = (shape.head(index), weights + index * slots)
      for column in 0..<shape.width {
        keep(weight, parameters[head.erase + column], result + column * slots)
      }
    }
    for index in shape.readHeadCount..<shape.headCount {
      let (head, weight) = (shape.head(index), weights + index * slots)
      for column in 0..<shape.width {
        Rows.addRow(
          weight, scaledBy: parameters[head.add + column], to: result + column * slots, count: slots
        )
      }
    }
  }

  /// - `dMemory` `[M, N]`: in by M', out by M
  /// - `dWeights` `[heads · N]`: those of the writing heads are added to
  /// - `dParameters` `[parameterColumns]`: those of e and a are overwritten
  /// - `scratch` `[N]`
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    weights: UnsafePointer<S>, parameters: UnsafePointer<S>, memory: UnsafePointer<S>,
    dMemory: UnsafeMutablePointer<S>, dWeights: UnsafeMutablePointer<S>,
    dParameters: UnsafeMutablePointer<S>, scratch: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    let writers = shape.readHeadCount..<shape.headCount
    for column in 0..<shape.width {
      let (values, gradients) = (memory + column * slots, dMemory + column * slots)
      for index in writers {
        let (head, weight) = (shape.head(index), weights + index * slots)
        let (dWeight, erase) = (dWeights + index * slots, parameters[head.erase + column])
        for slot in 0..<slots { scratch[slot] = gradients[slot] * values[slot] }
        for other in writers where other != index {
          keep(weights + other * slots, parameters[shape.head(other).erase + column], scratch)
        }
        dParameters[head.erase + column] = -Rows.dotProduct(weight, scratch, count: slots)
        dParameters[head.add + column] = Rows.dotProduct(weight, gradients, count: slots)
        Rows.addRow(scratch, scaledBy: -erase, to: dWeight, count: slots)
        Rows.addRow(gradients, scaledBy: parameters[head.add + column], to: dWeight, count: slots)
      }
      for index in writers {
        keep(weights + index * slots, parameters[shape.head(index).erase + column], gradients)
      }
    }
  }

  /// `values(i) *= 1 - w(i) e`.
  private func keep(_ weight: UnsafePointer<S>, _ erase: S, _ values: UnsafeMutablePointer<S>) {
    for slot in 0..<shape.slotCount { values[slot] *= 1 - weight[slot] * erase }
  }
}
