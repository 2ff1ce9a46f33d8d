/// Where pairs of a context and an output stand in a table by hash: output o of context c at
/// `(base_c + place_o) mod size`. All outputs of a context lie one behind the other, so that those with
/// neighbouring places share cache lines.
///
/// `@unchecked Sendable`: written before the region that reads it; the memory must stay until it has run.
package struct HashedPlaces: @unchecked Sendable {
  @usableFromInline let size: UInt32
  /// That a row has at most.
  @usableFromInline let contexts: Int
  /// `[rows, contexts]`, -1 behind the last context that the row has.
  @usableFromInline let bases: UnsafeBufferPointer<Int32>
  /// Of each output.
  @usableFromInline let places: UnsafePointer<Int32>

  /// - Parameter size: at most 2³¹.
  package init(
    size: Int, contexts: Int, bases: UnsafeBufferPointer<Int32>, places: UnsafePointer<Int32>
  ) {
    precondition(size <= 1 << 31, "\(size) places")
    self.size = UInt32(size)
    self.contexts = contexts
    self.bases = bases
    self.places = places
  }

  var rows: Int { bases.count / contexts }

  /// Calls `body` with the place of an output after each context of a row.
  @inlinable @inline(__always)
  package func forEachPlace(row: Int, output: Int, _ body: (Int) -> Void) {
    let place = UInt32(places[output])
    for context in row * contexts..<(row + 1) * contexts {
      let base = bases[context]
      if base < 0 { return }
      body(Int((UInt32(base) + place) % size))
    }
  }
}
