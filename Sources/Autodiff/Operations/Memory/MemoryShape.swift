/// Sizes of an external memory and of the heads on it.
package struct MemoryShape: Sendable, Equatable {
  /// N: addresses.
  package var slotCount: Int
  /// M: numbers kept at an address.
  package var width: Int
  package var readHeadCount: Int
  package var writeHeadCount: Int
  /// A head may move on by -range ... range slots in a step.
  package var shiftRange: Int

  package init(
    slotCount: Int, width: Int, readHeadCount: Int = 1, writeHeadCount: Int = 1, shiftRange: Int = 1
  ) {
    self.slotCount = slotCount
    self.width = width
    self.readHeadCount = readHeadCount
    self.writeHeadCount = writeHeadCount
    self.shiftRange = shiftRange
  }

  /// What every number in a memory is before the first step, unless told otherwise: `MemoryStart`.
  package static let firstContents = 1e-6
  /// ε of |x|: `ContentAddressing`.
  package static let normEpsilon = 1e-2
  /// Shifted weights below it count as it: `LocationAddressing`.
  package static let leastShifted = 1e-30

  package var headCount: Int { readHeadCount + writeHeadCount }
  /// Columns of what all reading heads bring back.
  package var readColumns: Int { readHeadCount * width }
  package var shiftCount: Int { 2 * shiftRange + 1 }

  /// Where the parameters of a head stand among the columns that steer all heads: the reading heads
  /// come first.
  package func head(_ index: Int) -> HeadColumns {
    HeadColumns(
      start: index * addressColumns + 2 * width * max(0, index - readHeadCount), shape: self)
  }

  /// Columns that steer all heads.
  package var parameterColumns: Int { headCount * addressColumns + 2 * width * writeHeadCount }

  private var addressColumns: Int { width + 3 + shiftCount }
}

/// The columns of one head: key `[M]`, strength, gate, sharpening, shifts `[2 range + 1]`, and of a
/// writing head also erase `[M]` and add `[M]`.
package struct HeadColumns: Sendable {
  package let key: Int
  /// β.
  package let strength: Int
  /// g.
  package let gate: Int
  /// γ.
  package let sharpening: Int
  /// s, from -range to range.
  package let shifts: Int
  package let erase: Int
  package let add: Int

  init(start: Int, shape: MemoryShape) {
    key = start
    strength = key + shape.width
    gate = strength + 1
    sharpening = gate + 1
    shifts = sharpening + 1
    erase = shifts + shape.shiftCount
    add = erase + shape.width
  }
}
