import Compute

/// The lines or the documents of stores in an order that is another one in every epoch, and follows from seed,
/// epoch and place alone.
///
/// Of a store with weight w, w times its number are drawn in an epoch; passes through a store follow each
/// other over the epochs, each in an order of its own, so that with any weight all come equally often.
package struct StretchOrder: Sendable {
  /// What is drawn: a stretch of tokens.
  package enum Unit: Sendable { case lines, documents }

  /// The stretches of a store that are drawn from.
  private struct Part {
    let store: TokenStore
    let indices: Range<Int>
    let end: Int
    let drawn: Int
  }

  /// A stretch, and the store that it belongs to.
  package struct Stretch {
    package let store: TokenStore
    package let tokens: Range<Int>
  }

  private let parts: [Part]
  private let starts: [Int]
  private let unit: Unit
  private let seed: UInt64

  /// - Parameter mixture: of whose ranges those stretches are drawn that begin in them.
  package init(_ mixture: TokenMixture, of unit: Unit, seed: UInt64) {
    parts = mixture.parts.map { part in
      let indices =
        switch unit {
        case .lines: part.store.lines(in: part.range)
        case .documents: part.store.documents(in: part.range)
        }
      return Part(
        store: part.store, indices: indices, end: part.range.upperBound,
        drawn: Int(part.weight * Double(indices.count)))
    }
    starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.drawn) }
    self.unit = unit
    self.seed = seed
  }

  /// Stretches of an epoch.
  package var count: Int { starts[parts.count] }

  /// All stretches that there are, each once, as they stand in the stores.
  package var all: some Sequence<Stretch> {
    parts.lazy.flatMap { part in part.indices.lazy.map { stretch($0, of: part) } }
  }

  /// All tokens of a mixture in their stretches, the parts of those at its borders included, each once and as
  /// they stand in the stores.
  package static func covering(
    _ mixture: TokenMixture, _ unit: Unit
  ) -> some Sequence<Stretch> {
    let order = StretchOrder(mixture, of: unit, seed: 0)
    return zip(mixture.parts, order.parts).lazy.flatMap { whole, part in
      let indices = part.indices
      let first =
        indices.isEmpty
        ? whole.range.upperBound : order.stretch(indices.lowerBound, of: part).tokens.lowerBound
      // What begins before the range, and then what begins in it.
      return (indices.lowerBound - 1..<indices.upperBound).lazy.map { index in
        index < indices.lowerBound
          ? Stretch(store: whole.store, tokens: whole.range.lowerBound..<first)
          : order.stretch(index, of: part)
      }.filter { !$0.tokens.isEmpty }
    }
  }

  /// Tells the system that the stores are read in no order.
  package func expectNoOrder() { for part in parts { part.store.expectNoOrder() } }

  /// The order of an epoch, to be asked for many places.
  package func epoch(_ epoch: Int) -> Epoch { Epoch(self, epoch) }

  package struct Epoch: Sendable {
    private let order: StretchOrder
    private let number: Int
    private let mixing: KeyedPermutation
    /// For each part, the pass that the epoch begins in, and those that follow.
    private let passes: [(first: Int, orders: [KeyedPermutation])]

    fileprivate init(_ order: StretchOrder, _ epoch: Int) {
      self.order = order
      number = epoch
      mixing = KeyedPermutation(count: max(1, order.count), seed: order.seed, epoch: epoch)
      passes = order.parts.enumerated().map { row, part in
        guard part.drawn > 0 else { return (0, []) }
        let first = epoch * part.drawn / part.indices.count
        let last = ((epoch + 1) * part.drawn - 1) / part.indices.count
        return (
          first,
          (first...last).map {
            KeyedPermutation(count: part.indices.count, seed: order.seed, epoch: $0, row: row + 1)
          }
        )
      }
    }

    /// - Parameter place: below `count`.
    package subscript(place: Int) -> Stretch {
      let (part, index) = index(at: place)
      return order.stretch(index, of: part)
    }

    /// Tells the system that it will soon be asked what stands at a place.
    package func expect(_ place: Int) {
      let (part, index) = index(at: place)
      switch order.unit {
      case .lines: part.store.expectPlace(ofLine: index)
      case .documents: part.store.expectPlace(ofDocument: index)
      }
    }

    private func index(at place: Int) -> (part: Part, index: Int) {
      let drawn = mixing[place]
      var row = 0
      while drawn >= order.starts[row + 1] { row += 1 }
      let part = order.parts[row]
      let turn = number * part.drawn + drawn - order.starts[row]
      let (pass, rank) = turn.quotientAndRemainder(dividingBy: part.indices.count)
      let index = passes[row].orders[pass - passes[row].first][rank]
      return (part, part.indices.lowerBound + index)
    }
  }

  private func stretch(_ index: Int, of part: Part) -> Stretch {
    let tokens =
      switch unit {
      case .lines: part.store.line(index)
      case .documents: part.store.document(index)
      }
    // What was held out is not learnt.
    return Stretch(store: part.store, tokens: tokens.clamped(to: 0..<part.end))
  }
}
