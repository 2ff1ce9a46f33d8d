/// Memory that a product, or the lattice of a loss, works in: packed blocks and rounded operands. One
/// per worker.
///
/// It grows at first use and then stays: products of the same sizes allocate nothing more.
/// Not for two threads at once.
package final class ProductScratch {
  private var memory = AlignedBuffer<UInt8>(count: 64)

  package init() {}

  /// At least `byteCount` bytes, aligned to 64. What was handed out before is no longer valid, and
  /// the contents are undefined.
  package func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount > memory.count { memory = AlignedBuffer(count: byteCount) }
    return UnsafeMutableRawPointer(memory.base)
  }
}
