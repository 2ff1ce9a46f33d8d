import Compute

/// Integers whose memory stays from minibatch to minibatch.
struct GrowingIDs {
  private var memory = AlignedBuffer<Int32>(count: 64)
  private var count = 0

  /// Valid until the next call of a mutating function.
  var elements: UnsafeBufferPointer<Int32> {
    UnsafeBufferPointer(start: memory.base, count: count)
  }

  mutating func removeAll() { count = 0 }

  mutating func append(_ id: Int32) {
    if count == memory.count {
      let larger = AlignedBuffer<Int32>(count: 2 * count)
      larger.base.update(from: memory.base, count: count)
      memory = larger
    }
    memory.base[count] = id
    count += 1
  }
}
