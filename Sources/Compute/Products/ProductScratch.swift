/// Memory that a product works in: packed blocks and rounded operands. One per worker.
///
/// It grows at first use and then stays: products of the same sizes allocate nothing more.
/// Not for two threads at once.
public final class ProductScratch {
  private var memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
  public private(set) var byteCount = 64

  public init() {}

  deinit { memory.deallocate() }

  /// At least `byteCount` bytes, aligned to 64. What was handed out before is no longer valid, and
  /// the contents are undefined.
  func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount > self.byteCount {
      memory.deallocate()
      memory = .allocate(byteCount: byteCount, alignment: 64)
      self.byteCount = byteCount
    }
    return memory
  }
}
