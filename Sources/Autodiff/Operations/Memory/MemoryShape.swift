/// Sizes of an external memory and of the heads on it.
public struct MemoryShape: Sendable, Equatable {
  /// N: addresses.
  public var slotCount: Int
  /// M: numbers kept at an address.
  public var width: Int
  public var readHeadCount: Int
  public var writeHeadCount: Int
  /// A head may move on by -range ... range slots in a step.
  public var shiftRange: Int

  public init(
    slotCount: Int, width: Int, readHeadCount: Int = 1, writeHeadCount: Int = 1, shiftRange: Int = 1
  ) {
    self.slotCount = slotCount
    self.width = width
    self.readHeadCount = readHeadCount
    self.writeHeadCount = writeHeadCount
    self.shiftRange = shiftRange
  }

  public var headCount: Int { readHeadCount + writeHeadCount }
  /// Columns of what all reading heads bring back.
  public var readColumns: Int { readHeadCount * width }
  public var shiftCount: Int { 2 * shiftRange + 1 }

  /// Where the parameters of a head stand among the columns that steer all heads: the reading heads
  /// come first.
  public func head(_ index: Int) -> HeadColumns {
    HeadColumns(
      start: index * addressColumns + 2 * width * max(0, index - readHeadCount), shape: self)
  }

  /// Columns that steer all heads.
  public var parameterColumns: Int { headCount * addressColumns + 2 * width * writeHeadCount }

  private var addressColumns: Int { width + 3 + shiftCount }
}

/// The columns of one head: key `[M]`, strength, gate, sharpening, shifts `[2 range + 1]`, and of a
/// writing head also erase `[M]` and add `[M]`.
public struct HeadColumns: Sendable {
  public let key: Int
  /// β.
  public let strength: Int
  /// g.
  public let gate: Int
  /// γ.
  public let sharpening: Int
  /// s, from -range to range.
  public let shifts: Int
  public let erase: Int
  public let add: Int

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
