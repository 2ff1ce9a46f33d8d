import Compute
import Foundation

/// Sentences with a tag for each word, as a tagger learns from them.
///
/// Two forms are read:
/// - CoNLL columns (`TaggedCorpus+Columns.swift`): one word a line, the tag in the last column;
/// - utterances (`TaggedCorpus+Utterances.swift`): one sentence a line, with an intent.
public struct TaggedCorpus: Sendable {
  package enum Form: String, Sendable, CaseIterable {
    case columns
    case utterances
  }

  package let url: URL
  private var all: TaggedSentences
  /// Which of them are here; nil: all.
  private var chosen: LongList<Int>?
  /// Where they stand, and the first sentence of each file.
  private var files: [(url: URL, first: Int)]
  /// `-DOCSTART-` lines.
  package private(set) var documentCount: Int
  /// Lines that were passed over because they begin with `#` and hold no word.
  package private(set) var commentCount: Int
  /// Sentences without a word that were passed over.
  package private(set) var emptyCount: Int
  private var kept = KeptCounts()

  init(
    _ url: URL, _ sentences: TaggedSentences, documentCount: Int = 0, commentCount: Int = 0,
    emptyCount: Int = 0
  ) {
    self.url = url
    all = sentences
    files = [(url, 0)]
    self.documentCount = documentCount
    self.commentCount = commentCount
    self.emptyCount = emptyCount
  }

  package var sentences: Chosen<TaggedSentences> { Chosen(all, at: chosen) }
  package var wordCount: Int {
    sentences.indices.reduce(0) { $0 + all.wordCount(sentences.place($1)) }
  }
  /// What a pass over them counts, by `threads` threads where nobody has asked before.
  package func counts(threads: Int = 1) throws -> TaggedCounts {
    try kept.counts { try TaggedCounts(sentences, threads: threads) }
  }

  /// The distinct intents, by their bytes.
  package var intents: LabelSet {
    var isFound = [Bool](repeating: false, count: all.texts.count)
    for sentence in sentences.numbered {
      if let intent = sentence.intent { isFound[Int(intent)] = true }
    }
    return LabelSet(isFound.indices.lazy.filter { isFound[$0] }.map { all.texts[Int32($0)] })
  }

  /// Reads `url` in the form it has: utterances if the first line that is not blank begins with
  /// `BOS` and holds a tab, else columns. Throws as the two readers do.
  package static func read(_ url: URL) throws -> TaggedCorpus {
    switch try form(of: url) {
    case .columns: try read(columns: url)
    case .utterances: try read(utterances: url)
    }
  }

  private static func form(of url: URL) throws -> Form {
    let reader = try LineReader(url)
    while let line = try reader.next() {
      if line.isBlank { continue }
      return line.starts(with: "BOS ".utf8) && line.contains(0x09) ? .utterances : .columns
    }
    return .columns
  }

  /// The sentences at `indices`, as a corpus of their own.
  package func choosing(_ indices: LongList<Int>) throws -> TaggedCorpus {
    var result = self
    result.chosen = try indices.places(of: chosen)
    result.kept = KeptCounts()
    return result
  }

  /// The sentences at `indices`, as a corpus of their own.
  public func subset(_ indices: [Int]) throws -> TaggedCorpus { try choosing(LongList(indices)) }

  /// With some columns as features and one as tag, see `TaggedSentences.reading`.
  package func reading(features: [Int], tag: Int?) -> TaggedCorpus {
    var result = self
    result.all = all.reading(features: features, tag: tag)
    result.kept = KeptCounts()
    return result
  }

  /// Where a word was found: `'file' line 3`.
  package func place(sentence: Int, word: Int) -> String { placeOfWord(sentence, word) }

  /// The same, of all of them.
  package var placeOfWord: (_ sentence: Int, _ word: Int) -> String {
    let (all, chosen, files) = (all, chosen, files)
    return { sentence, word in
      let sentence = chosen?[sentence] ?? sentence
      let file = files.last { $0.first <= sentence } ?? files[0]
      return "'\(file.url.path)' line \(all.lines(sentence)[word])"
    }
  }

  /// The sentences of several files, one behind the other; all have as many columns.
  package static func joined(_ parts: [TaggedCorpus]) throws -> TaggedCorpus {
    guard parts.count > 1 else { return parts[0] }
    var result = TaggedCorpus(parts[0].url, TaggedSentences())
    result.files = []
    for part in parts {
      result.files.append((part.url, result.all.count))
      for sentence in part.sentences { try result.all.append(sentence) }
      result.documentCount += part.documentCount
      result.commentCount += part.commentCount
      result.emptyCount += part.emptyCount
    }
    return result
  }
}

/// The tags of a corpus that break its scheme.
package struct TagBreaks: Sendable, Equatable {
  package struct Break: Sendable, Equatable {
    package let place: String
    package let tag: String
    /// The tag before it; nil at the start of a sentence.
    package let previous: String?
    /// What the scheme would write.
    package let expected: String
  }

  package let scheme: TagScheme
  /// Tags that were read.
  let tagCount: Int
  package internal(set) var count = 0
  /// The first few.
  package internal(set) var examples: [Break] = []

  /// A sentence for a log; nil if there is none.
  package var warning: String? {
    guard let first = examples.first else { return nil }
    let name = scheme.rawValue.uppercased()
    let subject =
      "\(count) of \(tagCount) tags "
      + (count == 1 ? "breaks \(name) and was" : "break \(name) and were")
    return "\(subject) repaired, the first at "
      + "\(first.place): \(first.sentence)"
  }
}

extension TagBreaks.Break {
  var sentence: String {
    "'\(tag)' \(previous.map { "after '\($0)'" } ?? "at the start of a sentence"), "
      + "expected '\(expected)'"
  }
}

extension TaggedCorpus {
  /// The tags that break a notation.
  ///
  /// They are read as conlleval reads them, those that stand for nothing as `O`; `isStrict` refuses them
  /// with a `UserError` naming file, line, tag and what was expected.
  package func breaks(of notation: TagNotation, isStrict: Bool = false) throws -> TagBreaks {
    let scheme = notation.scheme
    let triples = try counts().triples
    let isBreak = triples.all.map { notation.breaks(in: $0.tags).contains($0.place) }
    var breaks = TagBreaks(scheme: scheme, tagCount: wordCount)
    breaks.count = zip(triples.all, isBreak).reduce(0) { $0 + ($1.1 ? $1.0.count : 0) }
    guard breaks.count > 0 else { return breaks }
    search: for (index, sentence) in sentences.numbered.enumerated() {
      for (word, number) in triples.numbers(of: sentence.tags).enumerated() where isBreak[number] {
        let triple = triples.all[number]
        breaks.examples.append(
          .init(
            place: place(sentence: index, word: word), tag: triple.tag,
            previous: word > 0 ? all.texts[sentence.tags[word - 1]] : nil,
            expected: notation.converted(triple.tags, to: scheme)[triple.place]))
        if breaks.examples.count == 5 { break search }
      }
    }
    if isStrict, let first = breaks.examples.first {
      throw UserError(
        "\(first.place): the tag \(first.sentence) in \(scheme.rawValue.uppercased())",
        hint: "correct the tag, or repair such tags by leaving out --strict")
    }
    return breaks
  }
}
