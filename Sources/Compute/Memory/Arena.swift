/// The memory of one update's values: matrices are cut off one after the other and given back all
/// at once by `reset`.
///
/// The first updates grow it to the largest minibatch seen; after that it allocates nothing.
///
/// `@unchecked Sendable`: cutting and `reset` happen outside parallel regions only; inside, workers
/// write disjoint rows of the matrices.
package final class Arena<S: Real>: @unchecked Sendable {
  private var chunks: [AlignedBuffer<S>] = []
  private var chunk = 0
  private var used = 0
  /// Elements handed out since the last `reset`.
  package private(set) var elementsInUse = 0
  /// Bytes held, whether in use or not.
  package var byteCount: Int { chunks.reduce(0) { $0 + $1.count } * MemoryLayout<S>.stride }

  package init() {}

  /// Gives everything back. If the last use needed several chunks, they become one.
  package func reset() {
    if chunks.count > 1 {
      let total = chunks.reduce(0) { $0 + $1.count }
      chunks = []
      chunks = [AlignedBuffer(count: total, isTouched: false)]
    }
    chunk = 0
    used = 0
    elementsInUse = 0
  }

  /// Fills all memory that is not in use with NaN: whoever reads what nobody wrote will show it.
  package func poison() {
    precondition(elementsInUse == 0, "memory is in use")
    for chunk in chunks { chunk.elements.update(repeating: .nan) }
    isPoisoned = true
  }
  /// Whether memory taken later is filled with NaN too.
  private var isPoisoned = false

  /// A matrix whose contents are undefined. Valid until `reset`.
  package func matrix(rows: Int, columns: Int) -> Matrix<S> {
    let stride = Matrix<S>.stride(forColumns: columns)
    return Matrix(
      base: elements(max(rows, 1) * stride), rows: rows, columns: columns, stride: stride)
  }

  private func elements(_ count: Int) -> UnsafeMutablePointer<S> {
    let rounded = (count + 63) & ~63
    while chunk < chunks.count, used + rounded > chunks[chunk].count {
      chunk += 1
      used = 0
    }
    if chunk == chunks.count {
      chunks.append(AlignedBuffer(count: max(rounded, 1 << 16), isTouched: false))
      if isPoisoned { chunks[chunk].elements.update(repeating: .nan) }
    }
    defer {
      used += rounded
      elementsInUse += rounded
    }
    return chunks[chunk].base + used
  }
}
