import Compute
import Corpora
import Foundation
import Runs

/// How texts become tokens, of both sides.
struct TranslationLanguage {
  let source: TranslationTokens
  let target: TranslationTokens
  let isLowercased: Bool
  let reversesSource: Bool

  /// Learns it from training texts.
  ///
  /// - Parameter threads: that share the work; the language does not depend on it.
  init(learning texts: PairedTexts, _ settings: TranslationSettings, threads: Int) throws {
    let data = settings.data
    let limits = VocabularyLimits(
      size: data.vocabularySize > 0 ? data.vocabularySize : nil, minimumCount: data.minCount)
    func tokens(
      _ kind: TranslationTokens.Kind, _ sides: [TextList]
    ) throws -> TranslationTokens {
      if kind == .bpe, let url = URL(named: data.tokenizer) {
        return .subwords(try SubwordTokenizer(contentsOf: url))
      }
      return try .of(sides.lazy.joined(), kind: kind, limits: limits, threads: threads) {
        data.lowercase ? $0.lowercased() : $0
      }
    }
    let source = try tokens(
      data.sourceKind, [texts.sources] + (data.shareVocabulary ? [texts.targets] : []))
    let target =
      data.shareVocabulary ? source : try tokens(data.targetKind, [texts.targets])
    self.init(source: source, target: target, settings)
  }

  /// Reads what `artifacts` wrote.
  init(opening folder: RunFolder, _ settings: TranslationSettings) throws {
    self.init(
      source: try TranslationTokens(settings.data.sourceKind, of: "source", in: folder),
      target: try TranslationTokens(settings.data.targetKind, of: "target", in: folder), settings)
  }

  private init(
    source: TranslationTokens, target: TranslationTokens, _ settings: TranslationSettings
  ) {
    self.source = source
    self.target = target
    isLowercased = settings.data.lowercase
    reversesSource = settings.model.reverseSource
  }

  var artifacts: [Artifact] { [source.artifact(of: "source"), target.artifact(of: "target")] }

  /// A text as it is read, in lower case or as it is.
  func read(_ text: String) -> String { isLowercased ? text.lowercased() : text }

  /// The ids of a source, in the order in which the network reads them.
  ///
  /// Throws a `UserError` naming `place` for what the vocabulary cannot spell.
  func encodeSource(_ text: String, at place: @autoclosure () -> String) throws -> [Int32] {
    inReadingOrder(try encode(text, source, place))
  }

  /// The ids of a target. Throws as `encodeSource`.
  func encodeTarget(_ text: String, at place: @autoclosure () -> String) throws -> [Int32] {
    try encode(text, target, place)
  }

  private func encode(
    _ text: String, _ tokens: TranslationTokens, _ place: () -> String
  ) throws -> [Int32] {
    do { return try tokens.encode(read(text)) } catch let error as UserError {
      throw UserError("\(place()): \(error.message)", hint: error.hint)
    }
  }

  /// Calls `body` with the number and the ids of each pair that is learnt from, one after the other, and gives how
  /// many are not: those with a side without a token, and those with too many. Throws as `encodeSource`.
  ///
  /// - Parameter threads: that look words up.
  func forEachPair(
    of pairs: TranslationPairs, threads: Int,
    _ body: @escaping (Int, _ source: [Int32], _ target: [Int32]) throws -> Void
  ) throws -> (empty: Int, long: Int) {
    let texts = pairs.texts
    var (empty, long) = (0, 0)
    try Activity.run(total: texts.count, unit: .items("pairs")) { reading in
      try OrderedWork.run(over: texts.count, threads: threads) { stretch in
        try stretch.map { index in
          (
            index, try encodeSource(texts.sources[index], at: texts.place(index)),
            try encodeTarget(texts.targets[index], at: texts.place(index))
          )
        }
      } take: { found in
        for (index, source, target) in found {
          if source.isEmpty || target.isEmpty {
            empty += 1
          } else if let longest = pairs.longest, max(source.count, target.count) > longest {
            long += 1
          } else {
            try body(index, source, target)
          }
        }
        reading.advance(by: found.count)
      }
    }
    return (empty, long)
  }

  /// How often each output of the decoder is asked for: tokens, the stop symbol once a text, and the start
  /// symbol never.
  func targetCounts(_ pairs: TranslationPairs, threads: Int) throws -> [Int] {
    var counts = [Int](repeating: 0, count: target.count + 2)
    _ = try forEachPair(of: pairs, threads: threads) { _, _, target in
      for id in target { counts[Int(id)] += 1 }
      counts[self.target.count] += 1
    }
    return counts
  }

  /// What belongs to the tokens of a source, from the order of the text to that of the network or back.
  func inReadingOrder<Element>(_ elements: [Element]) -> [Element] {
    reversesSource ? elements.reversed() : elements
  }

  /// Tokens of the target of a source of `count` tokens at most, the stop symbol included.
  func longestTarget(sourceCount count: Int) -> Int {
    50 + 2 * count * max(1, target.tokensPerWord / source.tokensPerWord)
  }
}

extension TranslationSettings.Data {
  fileprivate var sourceKind: TranslationTokens.Kind { .init(rawValue: sourceTokens) ?? .word }
  fileprivate var targetKind: TranslationTokens.Kind { .init(rawValue: targetTokens) ?? .word }
}
