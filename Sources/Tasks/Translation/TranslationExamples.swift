import Compute
import Corpora
import Foundation
import Runs

/// Pairs as files hold them, in the direction of the translation.
public struct TranslationPairs: ExampleSource {
  let texts: PairedTexts
  /// Tokens of a side at most, for pairs to learn from; nil: any.
  let longest: Int?

  /// - Parameter files: one of pairs, or one of sources and one of targets.
  init(_ files: [URL], isSwapped: Bool, longest: Int? = nil) throws {
    let texts =
      files.count == 2
      ? try PairedTexts(source: files[0], target: files[1])
      : try PairedTexts(contentsOf: files[0])
    self.init(isSwapped ? texts.swapped : texts, longest: longest)
  }

  private init(_ texts: PairedTexts, longest: Int?) {
    self.texts = texts
    self.longest = longest
  }

  /// All pairs with the same source go to the same part.
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: TranslationPairs, validation: TranslationPairs?) {
    let (count, groups) = texts.sourceGroups
    let split = try heldOut.split(of: count).spread(over: groups)
    return (
      TranslationPairs(texts.subset(split.training), longest: longest),
      split.heldOut.isEmpty ? nil : TranslationPairs(texts.subset(split.heldOut), longest: nil)
    )
  }
}

/// Pairs as a translator reads them.
public struct TranslationExamples: ExampleSet {
  /// In the order in which the network reads them.
  private(set) var sources = IDSequences()
  /// Without start and stop symbols.
  private(set) var targets = IDSequences()
  /// Those of the pairs that are here.
  private(set) var texts: PairedTexts
  public private(set) var warnings: [String] = []

  public var count: Int { texts.count }
  public var sizeText: String { "\(count) pairs" }

  /// Throws a `UserError` naming file and line for a text that gives no token, and one if all pairs are
  /// too long.
  init(_ pairs: TranslationPairs, _ language: TranslationLanguage) throws {
    texts = pairs.texts
    var kept: [Int] = []
    for index in 0..<texts.count {
      let source = try language.encodeSource(texts.sources[index], at: texts.place(index))
      let target = try language.encodeTarget(texts.targets[index], at: texts.place(index))
      guard !source.isEmpty, !target.isEmpty else {
        let side = source.isEmpty ? "source" : "target"
        throw UserError("\(texts.place(index)): the \(side) has no token")
      }
      if let longest = pairs.longest, max(source.count, target.count) > longest { continue }
      sources.append(source)
      targets.append(target)
      kept.append(index)
    }
    if let longest = pairs.longest, kept.count < texts.count {
      try leaveOut(allBut: kept, longerThan: longest)
    }
  }

  private mutating func leaveOut(allBut kept: [Int], longerThan longest: Int) throws {
    guard !kept.isEmpty else {
      throw UserError(
        "all \(texts.count) training pairs have more than \(longest) tokens on a side",
        hint: "raise data.max_length")
    }
    warnings = [
      "\(texts.count - kept.count) of \(texts.count) training pairs have more than \(longest) "
        + "tokens on a side and are left out"
    ]
    texts = texts.subset(kept)
  }
}
