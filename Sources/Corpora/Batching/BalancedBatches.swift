import Compute

/// Minibatches in which every class is drawn equally often, however many examples it has: those of a small
/// class come again, those of a large one not in every epoch.
///
/// The order depends on (seed, epoch) only, as that of `SequenceBatches`.
public struct BalancedBatches: Sendable {
  private let members: [LongList<Int32>]
  private let lengths: SequenceLengths
  private let batch: Int
  private let pool: Int
  /// Draws of each class in an epoch, which is about as long as the data.
  private let perClass: Int
  private let seed: UInt64
  public let updatesPerEpoch: Int
  private var cached: (epoch: Int, batches: [[Int32]])?

  /// - Parameters:
  ///   - lengths: the steps of each example.
  ///   - classes: of each example.
  ///   - batch: examples of a minibatch; an epoch's last one may have fewer.
  ///   - pool: so many minibatches at a time are sorted by length before they are cut.
  ///
  /// Throws a `UserError` where the disk has no room.
  package init(
    lengths: SequenceLengths, classes: LongList<Int32>, batch: Int, seed: UInt64, pool: Int
  ) throws {
    precondition(lengths.count == classes.count && batch > 0 && pool > 0)
    var members: [Int32: LongList<Int32>] = [:]
    for (example, label) in classes.enumerated() {
      try members[label, default: []].append(Int32(example))
    }
    self.members = members.sorted { $0.key < $1.key }.map(\.value)
    self.lengths = lengths
    self.batch = batch
    self.seed = seed
    self.pool = pool
    perClass = members.isEmpty ? 0 : (lengths.count - 1) / members.count + 1
    updatesPerEpoch = max(1, (perClass * members.count - 1) / batch + 1)
  }

  /// The examples of update `update`, counted from 0 over all epochs; longest first.
  package mutating func batch(update: Int) -> [Int] {
    let (epoch, index) = (update / updatesPerEpoch, update % updatesPerEpoch)
    if let cached, cached.epoch == epoch { return cached.batches[index].map(Int.init) }
    let batches = batches(epoch: epoch)
    cached = (epoch, batches)
    return batches[index].map(Int.init)
  }

  /// The longest examples together.
  package var largestBatch: [Int] { lengths.longest(batch) }

  private func isLonger(_ a: Int32, _ b: Int32) -> Bool {
    (lengths[Int(b)], a) < (lengths[Int(a)], b)
  }

  private func batches(epoch: Int) -> [[Int32]] {
    let drawn = members.enumerated().flatMap { row, examples in
      // Pass after pass through the class, each in an order of its own.
      let first = epoch * perClass
      let passes = first / examples.count...(first + perClass - 1) / examples.count
      let orders = passes.flatMap { pass in
        Shuffle.order(examples.count, seed: seed, epoch: pass, row: row + 3).map { examples[$0] }
      }
      return Array(orders.dropFirst(first % examples.count).prefix(perClass))
    }
    let order = Shuffle.order(drawn.count, seed: seed, epoch: epoch).map { drawn[$0] }
    let batches = stride(from: 0, to: order.count, by: batch * pool).flatMap { start in
      let sorted = order[start..<min(start + batch * pool, order.count)].sorted(by: isLonger)
      return stride(from: 0, to: sorted.count, by: batch).map {
        Array(sorted[$0..<min($0 + batch, sorted.count)])
      }
    }
    // Sorted pools would show a ramp of lengths.
    return Shuffle.order(batches.count, seed: seed, epoch: epoch, row: 1).map { batches[$0] }
  }
}
