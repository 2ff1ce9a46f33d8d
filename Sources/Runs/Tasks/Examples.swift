import Compute
import Corpora
import Foundation

/// Data that a user should perhaps be warned of.
public protocol WarningData {
  /// What a user should know, in sentences.
  var warnings: [String] { get }
  /// What was passed over, or is there and can only be wrong, in sentences: told, and refused with
  /// `--strict`.
  var faults: [String] { get }
}

extension WarningData {
  public var warnings: [String] { [] }
  public var faults: [String] { [] }
}

/// Examples as files hold them.
public protocol ExampleSource: WarningData {
  /// A part to learn from and a part held out, nil if that would be nothing.
  ///
  /// - Parameter heldOut: the share to hold out, and the seed of the division.
  func divided(_ heldOut: HeldOut) throws -> (training: Self, validation: Self?)
  /// Tells where an example was read: `'file' line 3`. It is kept as long as a run trains, and should
  /// hold nothing but places.
  var placeOfExample: (Int) -> String { get }
}

extension ExampleSource {
  public var placeOfExample: (Int) -> String { { "example \($0 + 1)" } }
}

/// What is held out of the data: a share to validate on, where no data of their own are named, or a fold
/// of a cross-validation.
public struct HeldOut: Sendable, Equatable {
  /// Of a fold, one part of so many.
  public let fraction: Double
  public let seed: UInt64
  /// Nil for a share.
  package let fold: Fold?

  public init(fraction: Double, seed: UInt64) {
    self.fraction = fraction
    self.seed = seed
    fold = nil
  }

  package init(_ fold: Fold, seed: UInt64) {
    self.fold = fold
    self.seed = seed
    fraction = 1 / Double(fold.count)
  }

  /// Divides `count` examples. Throws as `DataSplit.heldOut` and `DataSplit.fold`.
  ///
  /// - Parameter strata: a class for each example, each of which is held out in its share.
  package func split(of count: Int, strata: LongList<Int32>? = nil) throws -> DataSplit {
    guard let fold else {
      return try .heldOut(fraction, of: count, seed: seed, strata: strata)
    }
    return try .fold(fold.index, of: fold.count, count: count, seed: seed, strata: strata)
  }

  /// Both parts of `count` examples; nil for one held out that would be nothing.
  ///
  /// - Parameter part: makes that of some indices, ascending.
  package func parts<Part>(
    of count: Int, strata: LongList<Int32>? = nil, _ part: (LongList<Int>) throws -> Part
  ) throws -> (training: Part, validation: Part?) {
    let split = try split(of: count, strata: strata)
    return (try part(split.training), split.heldOut.isEmpty ? nil : try part(split.heldOut))
  }
}

extension DivisionSettings {
  public var heldOut: HeldOut { HeldOut(fraction: validFraction, seed: UInt64(splitSeed)) }
}

/// Examples that can be counted and chosen from, one by one.
public protocol CountedSource: ExampleSource {
  var count: Int { get }
  /// A class for each example, each of which is held out in its share; nil if there is none.
  var strata: [Int32]? { get }
  func subset(_ indices: [Int]) throws -> Self
}

extension CountedSource {
  public var strata: [Int32]? { nil }

  public func divided(_ heldOut: HeldOut) throws -> (training: Self, validation: Self?) {
    try heldOut.parts(of: count, strata: strata.map { LongList($0) }) { try subset(Array($0)) }
  }
}

extension ExampleSource {
  /// The first examples, as far as they can be counted; else all.
  package func first(_ count: Int) throws -> Self {
    func first(of source: some CountedSource) throws -> Self? {
      try source.subset(Array(0..<min(count, source.count))) as? Self
    }
    return try (self as? any CountedSource).flatMap { try first(of: $0) } ?? self
  }
}

/// Examples that are made and not read: there is nothing to divide.
public enum MadeSource: ExampleSource {
  case training
  /// Others, that no training reaches.
  case validation

  public func divided(_ heldOut: HeldOut) -> (training: MadeSource, validation: MadeSource?) {
    (self, nil)
  }

  /// What is measured without files. Throws a usage `UserError` if there are some.
  public static func none(of files: [URL]) throws -> MadeSource {
    if let file = files.first {
      throw UserError.usage(
        "this task makes its own examples, but '\(file.relativePath)' was named",
        hint: "drop --data")
    }
    return .validation
  }
}

/// So many examples that are made as they are needed.
public struct MadeExamples: ExampleSet {
  public let count: Int
  public let sizeText = ""

  /// - Parameter count: of those that are validated on; training makes as many as it needs.
  public init(_ source: MadeSource, count: Int) {
    self.count = source == .training ? 0 : count
  }
}

/// Examples as a model reads them.
public protocol ExampleSet: WarningData {
  var count: Int { get }
  /// `1,000 sequences of 12.3 steps`, for summaries.
  var sizeText: String { get }
  /// Where an example was read, if they know it better than their source.
  func place(of example: Int) -> String?
  /// Examples that are learnt from next: what lies on a disk is brought while others are worked on.
  func expect(_ rows: [Int])
  /// Throws a `UserError` if files that examples are still read from have changed under them. Asked before
  /// each update and each evaluation.
  func checkFiles() throws
}

extension ExampleSet {
  public func place(of example: Int) -> String? { nil }
  public func checkFiles() throws {}
  public func expect(_ rows: [Int]) {}
}

/// Examples of different lengths: unless the task says otherwise, they are shuffled anew in every epoch,
/// and pools of minibatches are sorted by length.
public protocol SequenceExamples: ExampleSet {
  associatedtype Lengths: RandomAccessCollection<Int> = [Int] where Lengths.Index == Int
  /// What minibatches are sorted by, longest first.
  var lengths: Lengths { get }
}

/// Which examples each update learns from.
public protocol ExampleOrder {
  /// Minibatches in one pass over the data.
  var updatesPerEpoch: Int { get }
  /// The examples of update `update`, counted from 0 over all epochs; longest first.
  mutating func rows(update: Int) -> [Int]
  /// Time steps of an epoch, for periods that are told in tokens; nil where nobody knows.
  var stepsPerEpoch: Int? { get }
  /// Examples of a minibatch than which none takes more memory.
  var largestMinibatch: [Int] { get }
}

extension ExampleOrder {
  public var stepsPerEpoch: Int? { nil }
}

extension SequenceBatches: ExampleOrder {
  public var stepsPerEpoch: Int? { tokensPerEpoch }

  public mutating func rows(update: Int) -> [Int] { batch(update: update) }

  /// The longest sequences together, as many as may meet.
  public var largestMinibatch: [Int] {
    switch size {
    case .sequences(let count): return lengths.longest(count)
    case .tokens(let count):
      var most = 64
      while true {
        let order = lengths.longest(most)
        var tokens = 0
        let together = order.prefix { index in
          defer { tokens += lengths[index] }
          return tokens <= count
        }
        if together.count < order.count || order.count < most { return Array(together) }
        most *= 4
      }
    }
  }
}

extension SequenceBatches {
  /// The order in which tasks train on examples of different lengths: shuffled anew in every epoch,
  /// pools of minibatches sorted by length.
  public init(
    _ lengths: some Collection<Int>, _ training: TrainingSettings, pool: Int
  ) throws {
    try self.init(
      lengths: lengths as? SequenceLengths ?? SequenceLengths(lengths),
      size: .sequences(training.sequencesPerUpdate),
      order: .shuffled(seed: UInt64(training.seed), pool: pool))
  }
}

extension BalancedBatches: ExampleOrder {
  public mutating func rows(update: Int) -> [Int] { batch(update: update) }
  public var largestMinibatch: [Int] { largestBatch }
}

/// The order of examples that are made as they are needed and never seen twice.
public struct MadeOrder: ExampleOrder {
  public let batchSize: Int
  public let updatesPerEpoch: Int

  /// - Parameter examples: that make an epoch.
  public init(examples: Int, batchSize: Int) {
    self.batchSize = batchSize
    updatesPerEpoch = (examples - 1) / batchSize + 1
  }

  public var largestMinibatch: [Int] { rows(update: 0) }
  public func rows(update: Int) -> [Int] { Array(update * batchSize..<(update + 1) * batchSize) }
}
