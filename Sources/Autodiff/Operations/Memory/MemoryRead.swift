import Compute

/// Brings back a mean of the slots: `r = Σ_i w(i) M(i)`.
///
/// - w `[N]`, memory `[M, N]`, r `[M]`
/// - backward: `dw(i) = dr · M(i)`, `dM(i) = w(i) dr`
///
/// Source: Graves, Wayne & Danihelka (2014), section 3.1.
struct MemoryRead<S: MatrixElement> {
  let shape: MemoryShape

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(
    _ weight: UnsafePointer<S>, _ memory: UnsafePointer<S>, into read: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    for column in 0..<shape.width {
      read[column] = Rows.dotProduct(weight, memory + column * slots, count: slots)
    }
  }

  /// `dWeight` and `dMemory` are added to.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(
    _ dRead: UnsafePointer<S>, _ weight: UnsafePointer<S>, _ memory: UnsafePointer<S>,
    dWeight: UnsafeMutablePointer<S>, dMemory: UnsafeMutablePointer<S>
  ) {
    let slots = shape.slotCount
    for column in 0..<shape.width {
      let start = column * slots
      Rows.addRow(memory + start, scaledBy: dRead[column], to: dWeight, count: slots)
      Rows.addRow(weight, scaledBy: dRead[column], to: dMemory + start, count: slots)
    }
  }
}
