import Compute

/// A fixed division of examples into those to learn from and those held out, the same on every
/// machine for the same count and seed.
package struct DataSplit: Sendable, Equatable {
  /// Indices, ascending.
  package let training: LongList<Int>
  /// Indices, ascending.
  package let heldOut: LongList<Int>

  /// Holds out a share of `count` examples, rounded to the nearest number.
  ///
  /// - `strata`: a class for each example, nil or `count` long. Each class is then held out in its
  ///   share as nearly as whole examples allow.
  /// - `option`: what said the share, for messages.
  ///
  /// Throws a usage `UserError` for a fraction outside 0 ..< 1, and if either part would be empty.
  package static func heldOut(
    _ fraction: Double, of count: Int, seed: UInt64,
    strata: LongList<Int32>? = nil, option: String = "--valid-fraction"
  ) throws -> DataSplit {
    guard fraction >= 0, fraction < 1 else {
      throw UserError.usage("\(option) \(fraction): expected from 0 to below 1")
    }
    // The p-th example is held out where the rounded count steps up: evenly spread, so that any
    // stretch of the order, and thus any class, gives its share.
    func rounded(_ place: Int) -> Int { Int(Double(place) * fraction + 0.5) }
    let split = try DataSplit(count, seed, strata) { rounded($0 + 1) > rounded($0) }
    guard !split.training.isEmpty, fraction == 0 || !split.heldOut.isEmpty else {
      throw UserError.usage(
        "\(option) \(fraction) of \(count) examples leaves \(split.training.count) "
          + "to train on and \(split.heldOut.count) held out, expected some of each",
        hint: "hold out another share, or take more data")
    }
    return split
  }

  /// Fold `fold`, 0 ..< `folds`, of a cross-validation: every example is held out in exactly one.
  ///
  /// Throws a usage `UserError` unless 2 ≤ `folds` ≤ `count` and the fold exists.
  package static func fold(
    _ fold: Int, of folds: Int, count: Int, seed: UInt64,
    strata: LongList<Int32>? = nil
  ) throws -> DataSplit {
    guard folds >= 2, folds <= count else {
      throw UserError.usage("\(folds) folds of \(count) examples: expected 2 to \(count)")
    }
    guard fold >= 0, fold < folds else {
      throw UserError.usage("part \(fold + 1) of \(folds): expected 1 to \(folds)")
    }
    return try DataSplit(count, seed, strata) { $0 % folds == fold }
  }

  /// The division of examples that follows from this one of groups: an example goes where its group
  /// went.
  ///
  /// - `groups`: the group of each example.
  package func spread(over groups: LongList<Int>) throws -> DataSplit {
    var isApart = [Bool](repeating: false, count: training.count + heldOut.count)
    for group in heldOut { isApart[group] = true }
    return try DataSplit(groups.lazy.map { isApart[$0] })
  }

  private init(_ areHeldOut: some Sequence<Bool>) throws {
    var (training, heldOut) = (LongList<Int>(), LongList<Int>())
    for (example, isHeldOut) in areHeldOut.enumerated() {
      if isHeldOut { try heldOut.append(example) } else { try training.append(example) }
    }
    self.training = training
    self.heldOut = heldOut
  }

  /// By places in a random order, class after class if there are classes.
  private init(
    _ count: Int, _ seed: UInt64, _ strata: LongList<Int32>?,
    isHeldOut: (_ place: Int) -> Bool
  ) throws {
    precondition(strata == nil || strata?.count == count, "a stratum for each example")
    let order = Shuffle.order(count, seed: seed, row: 2)
    var areHeldOut = [Bool](repeating: false, count: count)
    guard let strata else {
      // A long order is computed place by place, in a microsecond each: only where it matters.
      for place in 0..<count where isHeldOut(place) { areHeldOut[order[place]] = true }
      try self.init(areHeldOut)
      return
    }
    // The next place of each class.
    var sizes: [Int32: Int] = [:]
    for stratum in strata { sizes[stratum, default: 0] += 1 }
    var (next, start): ([Int32: Int], Int) = ([:], 0)
    for (stratum, size) in sizes.sorted(by: { $0.key < $1.key }) {
      next[stratum] = start
      start += size
    }
    for example in order {
      let stratum = strata[example]
      areHeldOut[example] = isHeldOut(next[stratum, default: 0])
      next[stratum, default: 0] += 1
    }
    try self.init(areHeldOut)
  }
}
