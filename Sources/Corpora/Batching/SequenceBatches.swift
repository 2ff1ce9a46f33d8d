import Compute

/// Minibatches of sequences of different lengths: which sequences, in which order.
///
/// Only indices are handed out, so every task shares it, whatever its sequences are made of. Inside
/// a minibatch the longest sequence comes first, as `SequenceLayout` wants it; nothing is padded.
/// The number of updates an epoch is the same in every epoch, and the order depends on (seed, epoch)
/// only: the place in the data is the number of the update, so a resumed run goes on exactly.
public struct SequenceBatches: Sendable {
  /// How large a minibatch is.
  package enum Size: Sendable, Equatable {
    /// So many sequences; fewer in an epoch's last one.
    case sequences(Int)
    /// So many tokens on average, or a few less so that all are alike; a minibatch may hold as much
    /// as the longest sequence more or less.
    case tokens(Int)
  }

  /// Which sequences meet in a minibatch.
  package enum Order: Sendable, Equatable {
    /// Shuffled anew in every epoch. `pool` minibatches at a time are sorted by length before they
    /// are cut, so that neighbours are about equally long and workers equally loaded; 1 takes
    /// sequences as they come.
    case shuffled(seed: UInt64, pool: Int = 1)
    /// The longest first: the fastest order for measuring a whole set once.
    case byLength
    /// As they stand in the data.
    case asGiven
  }

  package let lengths: [Int]
  package let size: Size
  package let order: Order
  /// The updates of one epoch.
  public let updatesPerEpoch: Int
  /// The tokens of one epoch.
  package let tokensPerEpoch: Int
  private var cached: (epoch: Int, batches: [[Int]])?

  /// - Parameter lengths: the steps of each sequence.
  ///
  /// Throws a `UserError` if there is no sequence or one has no step, and a usage `UserError` for a
  /// size below 1, or below the longest sequence if it counts tokens.
  package init(lengths: [Int], size: Size, order: Order) throws {
    guard !lengths.isEmpty else {
      throw UserError("there is no sequence to train on", hint: "check the files and the split")
    }
    if let empty = lengths.firstIndex(where: { $0 < 1 }) {
      throw UserError(
        "sequence \(empty) has the length zero, expected at least one step", hint: "remove it")
    }
    if let long = lengths.firstIndex(where: { $0 > Self.longest }) {
      throw UserError(
        "sequence \(long) has \(lengths[long]) tokens, expected at most \(Self.longest)",
        hint: "cut it into shorter ones")
    }
    let total = lengths.reduce(0, +)
    let longest = lengths.max() ?? 0
    switch size {
    case .sequences(let count):
      guard count > 0 else { throw UserError.usage("--batch \(count): expected at least 1") }
      updatesPerEpoch = (lengths.count - 1) / count + 1
    case .tokens(let count):
      guard count >= longest else {
        throw UserError.usage(
          "--batch-tokens \(count): expected at least \(longest), the longest sequence",
          hint: "raise it, or leave long sequences out")
      }
      // Not below the longest sequence on average either: then no minibatch is empty.
      updatesPerEpoch = min((total - 1) / count + 1, total / longest)
    }
    if case .shuffled(_, let pool) = order {
      precondition(pool > 0, "a pool of \(pool) minibatches")
    }
    self.lengths = lengths
    self.size = size
    self.order = order
    tokensPerEpoch = total
  }

  /// Tokens of a minibatch are numbered in 32 bits.
  static let longest = Int(Int32.max)

  /// The epoch of update `update` and its place there, both from 0.
  package func place(ofUpdate update: Int) -> (epoch: Int, index: Int) {
    (update / updatesPerEpoch, update % updatesPerEpoch)
  }

  /// The sequences of update `update`, counted from 0 over all epochs; longest first.
  ///
  /// Cost: nothing but for the first update of an epoch that is asked for, which orders it all.
  package mutating func batch(update: Int) -> [Int] {
    let (epoch, index) = place(ofUpdate: update)
    if let cached, cached.epoch == epoch { return cached.batches[index] }
    let batches = batches(epoch: epoch)
    cached = (epoch, batches)
    return batches[index]
  }

  /// All minibatches of an epoch: every sequence once.
  ///
  /// Cost: about 60 ns a sequence, 90 where pools are sorted.
  package func batches(epoch: Int) -> [[Int]] {
    var batches = cut(sequences(epoch: epoch)).map { batch in
      // Stable: equal lengths stay in the epoch's order.
      batch.enumerated().sorted {
        (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset)
      }.map(\.element)
    }
    if case .shuffled(let seed, let pool) = order, pool > 1 {
      // Sorted pools would show a ramp of lengths.
      batches = Shuffle.order(batches.count, seed: seed, epoch: epoch, row: 1).map { batches[$0] }
    }
    return batches
  }

  /// All sequences in the order of an epoch, before they are cut.
  private func sequences(epoch: Int) -> [Int] {
    let isLonger = { (a: Int, b: Int) in (lengths[b], a) < (lengths[a], b) }
    switch order {
    case .asGiven: return Array(lengths.indices)
    case .byLength: return lengths.indices.sorted(by: isLonger)
    case .shuffled(let seed, let pool):
      let order = Shuffle.order(lengths.count, seed: seed, epoch: epoch)
      guard pool > 1 else { return order }
      let batch =
        if case .sequences(let count) = size { count } else {
          (lengths.count - 1) / updatesPerEpoch + 1
        }
      let width = batch.multipliedReportingOverflow(by: pool)
      let step = width.overflow ? order.count : min(width.partialValue, order.count)
      return stride(from: 0, to: order.count, by: step).flatMap { start in
        let members = order[start..<min(start + step, order.count)]
        // Ties keep the shuffled order.
        return members.enumerated().sorted {
          (lengths[$1.element], $0.offset) < (lengths[$0.element], $1.offset)
        }.map(\.element)
      }
    }
  }

  private func cut(_ order: [Int]) -> [ArraySlice<Int>] {
    switch size {
    case .sequences(let count):
      return (0..<updatesPerEpoch).map { order[$0 * count..<min(($0 + 1) * count, order.count)] }
    case .tokens:
      // A sequence belongs to the share of the tokens that its middle lies in. No share is shorter
      // than a sequence, so each has a middle; the order does not change how many shares there are.
      var batches: [ArraySlice<Int>] = []
      var (start, tokens) = (0, 0)
      for (place, sequence) in order.enumerated() {
        let middle = 2 * tokens + lengths[sequence]
        tokens += lengths[sequence]
        while middle * updatesPerEpoch >= 2 * tokensPerEpoch * (batches.count + 1) {
          batches.append(order[start..<place])
          start = place
        }
      }
      batches.append(order[start...])
      return batches
    }
  }
}
