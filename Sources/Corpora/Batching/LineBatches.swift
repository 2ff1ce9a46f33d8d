import Compute

/// Minibatches of lines, each a sequence of its own.
///
/// Pools of minibatches are sorted by length before they are cut, so that lines of one minibatch are about
/// equally long; the minibatches of a pool come in any order. Everything follows from seed, epoch and place:
/// only one pool is in memory.
package struct LineBatches: Sendable {
  package let order: StretchOrder
  /// Lines of a minibatch; an epoch's last may have fewer.
  package let batchSize: Int
  package let updatesPerEpoch: Int
  package let tokensPerEpoch: Int
  private let pool: Int
  private let seed: UInt64
  private var cached: (epoch: Int, pool: Int, batches: [[StretchOrder.Stretch]])?

  /// Throws a usage `UserError` if there is no line.
  ///
  /// - Parameter pool: minibatches that are sorted together.
  package init(_ mixture: TokenMixture, batchSize: Int, pool: Int = 32, seed: UInt64) throws {
    precondition(batchSize > 0 && pool > 0)
    order = StretchOrder(mixture, of: .lines, seed: seed)
    guard order.count > 0 else {
      throw UserError.usage(
        "there is no line to train on", hint: "take more text, or a larger weight")
    }
    self.batchSize = batchSize
    self.pool = pool
    self.seed = seed
    tokensPerEpoch = mixture.count
    updatesPerEpoch = (order.count - 1) / batchSize + 1
  }

  /// The lines of update `update`, counted from 0 over all epochs; longest first.
  package mutating func batch(update: Int) -> [StretchOrder.Stretch] {
    let (epoch, place) = update.quotientAndRemainder(dividingBy: updatesPerEpoch)
    let pool = place / self.pool
    if let cached, cached.epoch == epoch, cached.pool == pool {
      return cached.batches[place % self.pool]
    }
    let batches = batches(epoch: epoch, pool: pool)
    cached = (epoch, pool, batches)
    return batches[place % self.pool]
  }

  /// The longest lines together, longest first. Cost: a look at every line.
  package var largestBatch: [StretchOrder.Stretch] {
    var longest: [StretchOrder.Stretch] = []
    for line in order.all {
      if longest.count == batchSize {
        guard line.tokens.count > longest[batchSize - 1].tokens.count else { continue }
        longest.removeLast()
      }
      let place = longest.firstIndex { $0.tokens.count < line.tokens.count } ?? longest.count
      longest.insert(line, at: place)
    }
    return longest
  }

  private func batches(epoch: Int, pool: Int) -> [[StretchOrder.Stretch]] {
    let order = order.epoch(epoch)
    let first = pool * self.pool * batchSize
    let lines = (first..<min(first + self.pool * batchSize, self.order.count)).map { order[$0] }
    for line in lines { line.store.expect(line.tokens) }
    // Ties keep the epoch's order.
    let sorted = lines.enumerated().sorted {
      ($1.element.tokens.count, $0.offset) < ($0.element.tokens.count, $1.offset)
    }.map(\.element)
    let batches = stride(from: 0, to: sorted.count, by: batchSize).map {
      Array(sorted[$0..<min($0 + batchSize, sorted.count)])
    }
    // Sorted pools would show a ramp of lengths.
    return Shuffle.order(batches.count, seed: seed, epoch: epoch, row: 3 + pool).map { batches[$0] }
  }
}
