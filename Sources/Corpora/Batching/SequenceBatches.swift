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

  package let lengths: SequenceLengths
  package let size: Size
  package let order: Order
  /// The updates of one epoch.
  public let updatesPerEpoch: Int
  /// The tokens of one epoch.
  package let tokensPerEpoch: Int
  private var cached: Epoch?

  private let mostStored: Int

  /// - Parameters:
  ///   - lengths: the steps of each sequence.
  ///   - mostStored: longer orders are computed, see `Shuffle`.
  ///
  /// Throws a `UserError` if there is no sequence or one has no step, and a usage `UserError` for a
  /// size below 1, or below the longest sequence if it counts tokens.
  package init(
    lengths: SequenceLengths, size: Size, order: Order, mostStored: Int = Shuffle.mostStored
  ) throws {
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
    let total = lengths.total
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
    self.mostStored = mostStored
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
  /// Cost: a pool to be sorted where orders are computed, else nothing but for the first update of an epoch
  /// that is asked for, which orders it all: about 60 ns a sequence, 90 where pools are sorted.
  package mutating func batch(update: Int) -> [Int] {
    let (epoch, index) = place(ofUpdate: update)
    if let cached, cached.number == epoch { return cached.batch(index) }
    let made = Epoch(self, epoch)
    cached = made
    return made.batch(index)
  }

  /// Minibatches of an epoch: every sequence once.
  private struct Epoch: Sendable {
    let number: Int
    private let lengths: SequenceLengths
    private let order: PooledOrder
    /// Where each minibatch begins in the order, and the end.
    private let starts: [Int]
    /// Nil where minibatches follow each other as they were cut.
    private var turns: ShuffledOrder?

    init(_ all: SequenceBatches, _ number: Int) {
      self.number = number
      lengths = all.lengths
      switch all.order {
      case .asGiven: order = PooledOrder(.stored(Array(0..<Int32(lengths.count))), lengths)
      case .byLength: order = PooledOrder(.stored(lengths.longestFirst), lengths)
      case .shuffled(let seed, let pool):
        order = PooledOrder(
          Shuffle.order(lengths.count, seed: seed, epoch: number, mostStored: all.mostStored),
          pool: pool > 1 ? all.places(ofPool: pool) : 1, lengths)
        // Sorted pools would show a ramp of lengths.
        if pool > 1 {
          turns = Shuffle.order(all.updatesPerEpoch, seed: seed, epoch: number, row: 1)
        }
      }
      starts = all.cut(order)
    }

    /// The sequences of a minibatch, longest first.
    func batch(_ index: Int) -> [Int] {
      let place = turns?[index] ?? index
      return PooledOrder.sorted(order[starts[place]..<starts[place + 1]], lengths)
    }
  }

  /// Sequences of `pool` minibatches.
  private func places(ofPool pool: Int) -> Int {
    let batch =
      if case .sequences(let count) = size { count } else {
        (lengths.count - 1) / updatesPerEpoch + 1
      }
    let places = batch.multipliedReportingOverflow(by: pool)
    return places.overflow ? lengths.count : min(places.partialValue, lengths.count)
  }

  /// Where each minibatch begins, and the end.
  private func cut(_ order: PooledOrder) -> [Int] {
    if case .sequences(let count) = size {
      return (0..<updatesPerEpoch).map { $0 * count } + [order.count]
    }
    // A sequence belongs to the share of the tokens that its middle lies in. No share is shorter
    // than a sequence, so each has a middle; the order does not change how many shares there are.
    var starts = [0]
    var (place, tokens) = (0, 0)
    order.forEach { sequence in
      let middle = 2 * tokens + lengths[sequence]
      tokens += lengths[sequence]
      while middle * updatesPerEpoch >= 2 * tokensPerEpoch * starts.count { starts.append(place) }
      place += 1
    }
    return starts + [place]
  }
}
