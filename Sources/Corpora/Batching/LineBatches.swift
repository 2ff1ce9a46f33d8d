import Compute

/// Minibatches of lines, each a sequence of its own.
///
/// Pools of minibatches are sorted by length before they are cut, so that lines of one minibatch are about
/// equally long; the minibatches of a pool come in any order. Everything follows from seed, epoch and place:
/// only two pools are in memory.
///
/// While a pool is trained on, the system is asked to bring the next one: at the begin where its lines lie, and
/// from the middle on the lines themselves.
package struct LineBatches: Sendable {
  package let order: StretchOrder
  /// Lines of a minibatch; an epoch's last may have fewer.
  package let batchSize: Int
  package let updatesPerEpoch: Int
  package let tokensPerEpoch: Int
  private let pool: Int
  private let seed: UInt64
  /// Minibatches that are sorted together.
  private struct Pool {
    let epoch: Int
    let number: Int
    let batches: [[StretchOrder.Stretch]]
  }
  /// The latest, one or two.
  private var pools: [Pool] = []

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
    let (number, turn) = place.quotientAndRemainder(dividingBy: pool)
    let batches = pool(epoch, number).batches
    let isLast = lines(ofPool: number + 1).isEmpty
    let next = isLast ? (epoch: epoch + 1, number: 0) : (epoch: epoch, number: number + 1)
    if turn == 0 {
      let order = order.epoch(next.epoch)
      for place in lines(ofPool: next.number) { order.expect(place) }
    } else if turn == batches.count / 2 {
      _ = pool(next.epoch, next.number)
    }
    return batches[turn]
  }

  private mutating func pool(_ epoch: Int, _ number: Int) -> Pool {
    if let known = pools.first(where: { $0.epoch == epoch && $0.number == number }) { return known }
    let pool = Pool(epoch: epoch, number: number, batches: batches(epoch: epoch, pool: number))
    pools = pools.suffix(1) + [pool]
    return pool
  }

  /// Places in an epoch's order.
  private func lines(ofPool number: Int) -> Range<Int> {
    let first = min(number * pool * batchSize, order.count)
    return first..<min(first + pool * batchSize, order.count)
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
    self.order.expectNoOrder()
    let order = order.epoch(epoch)
    let lines = lines(ofPool: pool).map { order[$0] }
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
