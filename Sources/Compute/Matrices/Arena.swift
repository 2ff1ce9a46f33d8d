/// The memory of one update's values: matrices are cut off one after the other and given back all
/// at once by `reset`.
///
/// The first updates grow it to the largest minibatch seen; after that it allocates nothing. Matrices
/// that nobody touches take addresses only: `bytesInUse` says what a minibatch needs before it is run.
///
/// `@unchecked Sendable`: cutting and `reset` happen outside parallel regions only; inside, workers
/// write disjoint rows of the matrices.
package final class Arena<S: MatrixElement>: @unchecked Sendable {
  private var chunks: [AlignedBuffer<S>] = []
  private var chunk = 0
  private var used = 0
  /// Elements handed out since the last `reset`, and the most so far.
  private var elementsInUse = 0
  private var mostElements = 0

  /// Elements of a chunk that is larger than what it was made for.
  private static var growth: Int { 1 << 28 }
  private static var beyondAnyMachine: Int { 1 << 40 }
  /// Of so many bytes that `MemoryMapping` gives an address that faults.
  private static var withoutAddresses: Int { 1 << 44 }

  package init() {}

  /// Bytes that the memory takes which was handed out since the last `reset`.
  package var bytesInUse: Int { AlignedBuffer<S>.byteCount(of: elementsInUse) }
  /// Bytes held, whether in use or not.
  package var byteCount: Int { chunks.reduce(0) { $0 + $1.byteCount } }

  /// Gives everything back. If the last use needed several chunks, they become one that fits, unless they were
  /// counted only: small matrices are not to be cut off what has no addresses.
  package func reset() {
    let isCounted = mostElements > Self.beyondAnyMachine
    if chunks.count > 1 || isCounted {
      chunks = []
      if !isCounted { chunks = [AlignedBuffer(count: mostElements)] }
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
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func matrix(rows: Int, columns: Int) -> Matrix<S> {
    let stride = Matrix<S>.stride(forColumns: columns)
    let (count, overflow) = max(rows, 1).multipliedReportingOverflow(by: stride)
    // What is beyond all numbers is refused as what is beyond all memory.
    return Matrix(
      base: elements(overflow ? .max - 63 : min(count, .max - 63)), rows: rows, columns: columns,
      stride: stride)
  }

  private func elements(_ count: Int) -> UnsafeMutablePointer<S> {
    let rounded = (count + 63) & ~63
    while chunk < chunks.count, rounded > chunks[chunk].count - used {
      chunk += 1
      used = 0
    }
    // Small matrices are written to while they are recorded, however much was counted before. Large ones are not:
    // behind more than any machine has they are counted only, and no addresses are taken for them.
    let isCounted = rounded > Self.growth && elementsInUse > Self.beyondAnyMachine
    if chunk == chunks.count {
      chunks.append(
        AlignedBuffer(
          count: isCounted
            ? max(rounded, Self.withoutAddresses)
            : max(rounded, 1 << 16, min(elementsInUse, Self.growth))))
      if isPoisoned { chunks[chunk].elements.update(repeating: .nan) }
    }
    defer {
      used = isCounted ? chunks[chunk].count : used + rounded
      elementsInUse += min(rounded, .max - elementsInUse)
      mostElements = max(mostElements, elementsInUse)
    }
    return chunks[chunk].base + used
  }
}
