import Compute
import Corpora
import Foundation
import Runs

/// Pairs as files hold them, in the direction of the translation.
public struct TranslationPairs: ExampleSource {
  let texts: PairedTexts
  /// Tokens of a side at most, for pairs to learn from; nil: any.
  let longest: Int?

  /// - Parameters:
  ///   - parts: each one file of pairs, or one of sources and one of targets.
  ///   - limit: how many pairs of a part are read; nil: all.
  init(_ parts: [[URL]], isSwapped: Bool, longest: Int? = nil, first limit: Int? = nil) throws {
    let texts = try PairedTexts(parts, first: limit)
    self.init(isSwapped ? texts.swapped : texts, longest: longest)
  }

  private init(_ texts: PairedTexts, longest: Int?) {
    self.texts = texts
    self.longest = longest
  }

  public var warnings: [String] { faults }

  public var faults: [String] {
    let (count, first) = texts.halfEmpty
    return count == 0
      ? []
      : [
        "\(count) " + (count == 1 ? "pair has" : "pairs have")
          + " an empty side and are left out, the first: \(first)"
      ]
  }

  /// All pairs with the same source go to the same part.
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: TranslationPairs, validation: TranslationPairs?) {
    let (count, groups) = try texts.sourceGroups
    let split = try heldOut.split(of: count).spread(over: groups)
    return (
      TranslationPairs(try texts.choosing(split.training), longest: longest),
      split.heldOut.isEmpty
        ? nil : TranslationPairs(try texts.choosing(split.heldOut), longest: nil)
    )
  }
}

/// Pairs as a translator reads them.
public struct TranslationExamples: ExampleSet {
  public var faults: [String] { warnings }
  /// In the order in which the network reads them.
  let sources: IDSequences
  /// Without start and stop symbols.
  let targets: IDSequences
  /// Those of the pairs that are here.
  private(set) var texts: PairedTexts
  public private(set) var warnings: [String] = []
  /// Steps of both sides and the start, pair after pair: where each begins, and the end.
  private let stepStarts: LongList<Int>
  var lengths: SequenceLengths { SequenceLengths(starts: stepStarts) }

  public var count: Int { texts.count }
  public var sizeText: String { "\(count) pairs" }
  public func place(of example: Int) -> String? { texts.place(example) }
  public func expect(_ rows: [Int]) {
    sources.expect(rows)
    targets.expect(rows)
  }

  /// Throws a `UserError` naming file and line for what the vocabulary cannot spell, and one if no pair
  /// is left.
  ///
  /// - Parameter threads: that look words up.
  init(_ pairs: TranslationPairs, _ language: TranslationLanguage, threads: Int) throws {
    texts = pairs.texts
    var (sources, targets, stepStarts, kept) = (
      IDSequences(), IDSequences(), LongList<Int>([0]), LongList<Int>()
    )
    let (empty, long) = try language.forEachPair(of: pairs, threads: threads) {
      try sources.append($1)
      try targets.append($2)
      try stepStarts.append(sources.ids.count + targets.ids.count + targets.count)
      try kept.append($0)
    }
    (self.sources, self.targets, self.stepStarts) = (sources, targets, stepStarts)
    let reasons = [
      (empty, "have a side without a token"),
      (long, "have more than \(pairs.longest ?? 0) tokens on a side"),
    ].filter { $0.0 > 0 }
    guard !kept.isEmpty else {
      throw UserError(
        "no pair is left of \(texts.count): "
          + reasons.map { "\($0) \($1)" }.joined(separator: ", "),
        hint: long > 0 ? "raise data.max_length" : "name a file that holds pairs")
    }
    warnings = reasons.map { "\($0) of \(texts.count) pairs \($1) and are left out" }
    if kept.count < texts.count { texts = try texts.choosing(kept) }
  }
}
