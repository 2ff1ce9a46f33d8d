import Compute

/// A fixed division of examples into those to learn from and those held out, the same on every
/// machine for the same count and seed.
package struct DataSplit: Sendable, Equatable {
  /// Indices, ascending.
  package let training: [Int]
  /// Indices, ascending.
  package let heldOut: [Int]

  /// Holds out a share of `count` examples, rounded to the nearest number.
  ///
  /// - `strata`: a class for each example, nil or `count` long. Each class is then held out in its
  ///   share as nearly as whole examples allow.
  /// - `option`: what said the share, for messages.
  ///
  /// Throws a usage `UserError` for a fraction outside 0 ..< 1, and if either part would be empty.
  package static func heldOut(
    _ fraction: Double, of count: Int, seed: UInt64, strata: [Int32]? = nil,
    option: String = "--valid-fraction"
  ) throws -> DataSplit {
    guard fraction >= 0, fraction < 1 else {
      throw UserError.usage("\(option) \(fraction): expected from 0 to below 1")
    }
    // The p-th example is held out where the rounded count steps up: evenly spread, so that any
    // stretch of the order, and thus any class, gives its share.
    func rounded(_ place: Int) -> Int { Int(Double(place) * fraction + 0.5) }
    let split = DataSplit(order(count, seed, strata)) { rounded($0 + 1) > rounded($0) }
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
    _ fold: Int, of folds: Int, count: Int, seed: UInt64, strata: [Int32]? = nil
  ) throws -> DataSplit {
    guard folds >= 2, folds <= count else {
      throw UserError.usage("\(folds) folds of \(count) examples: expected 2 to \(count)")
    }
    guard fold >= 0, fold < folds else {
      throw UserError.usage("fold \(fold) of \(folds): expected 0 to \(folds - 1)")
    }
    return DataSplit(order(count, seed, strata)) { $0 % folds == fold }
  }

  /// The division of examples that follows from this one of groups: an example goes where its group
  /// went.
  ///
  /// - `groups`: the group of each example.
  package func spread(over groups: [Int]) -> DataSplit {
    let apart = Set(heldOut)
    return DataSplit(Array(groups.indices)) { apart.contains(groups[$0]) }
  }

  private init(_ order: [Int], isHeldOut: (Int) -> Bool) {
    var (training, heldOut): ([Int], [Int]) = ([], [])
    for (place, example) in order.enumerated() {
      if isHeldOut(place) { heldOut.append(example) } else { training.append(example) }
    }
    self.training = training.sorted()
    self.heldOut = heldOut.sorted()
  }

  /// A random order, class after class if there are classes.
  private static func order(_ count: Int, _ seed: UInt64, _ strata: [Int32]?) -> [Int] {
    precondition(strata == nil || strata?.count == count, "a stratum for each example")
    let order = Shuffle.order(count, seed: seed, row: 2)
    guard let strata else { return order }
    return order.enumerated().sorted {
      (strata[$0.element], $0.offset) < (strata[$1.element], $1.offset)
    }.map(\.element)
  }
}
