import Compute
import Corpora

/// Ids of a minibatch, in memory that grows by doubling, so that a run soon allocates no more.
final class IDBuffer {
  private var memory = AlignedBuffer<Int32>(count: 256)

  /// Room for `count` ids, which hold anything.
  func reserve(_ count: Int) -> UnsafeMutableBufferPointer<Int32> {
    if memory.count < count { memory = AlignedBuffer(count: max(count, 2 * memory.count)) }
    return UnsafeMutableBufferPointer(start: memory.base, count: count)
  }

  /// The sequences `rows` in a minibatch's token order; together they hold `count` ids.
  func pack(
    _ sequences: IDSequences, _ rows: [Int], count: Int
  ) -> UnsafeMutableBufferPointer<Int32> {
    let buffer = reserve(count)
    if let base = buffer.baseAddress { sequences.pack(rows, into: base) }
    return buffer
  }

  func fill(_ ids: some Collection<Int32>) -> UnsafeMutableBufferPointer<Int32> {
    let buffer = reserve(ids.count)
    _ = buffer.update(fromContentsOf: ids)
    return buffer
  }
}
