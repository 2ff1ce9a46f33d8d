import Compute
import Foundation

/// A sentence with a tag for each word.
package struct TaggedSentence: Sendable, Equatable {
  package var words: [String]
  /// One tag a word; none at all where a file has no tags.
  package var tags: [String]
  /// The columns between word and tag, one array a column, each as long as `words`.
  package var columns: [[String]]
  /// What the whole sentence is about.
  package var intent: String?
  /// The line of each word.
  package var lines: [Int32]
  /// Where it stands, if that is not the first file of its corpus.
  fileprivate var url: URL?

  package init(
    words: [String], tags: [String] = [], columns: [[String]] = [], intent: String? = nil,
    lines: [Int32] = []
  ) {
    self.words = words
    self.tags = tags
    self.columns = columns
    self.intent = intent
    self.lines = lines
  }
}

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
  package var sentences: [TaggedSentence]
  /// `-DOCSTART-` lines.
  package private(set) var documentCount: Int
  /// Lines that were passed over because they begin with `#` and hold no word.
  package var commentCount = 0
  /// Sentences without a word that were passed over.
  package var emptyCount = 0

  package var wordCount: Int { sentences.reduce(0) { $0 + $1.words.count } }
  /// The distinct tags, by their bytes.
  package var tags: LabelSet { LabelSet(sentences.lazy.flatMap(\.tags)) }
  /// The distinct intents, by their bytes.
  package var intents: LabelSet { LabelSet(sentences.compactMap(\.intent)) }
  /// Words a sentence.
  package var lengths: [Int] { sentences.map(\.words.count) }

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
  public func subset(_ indices: [Int]) -> TaggedCorpus {
    var result = self
    result.sentences = indices.map { sentences[$0] }
    return result
  }

  /// Where a word was found: `'file' line 3`.
  package func place(sentence: Int, word: Int) -> String {
    "'\((sentences[sentence].url ?? url).path)' line \(sentences[sentence].lines[word])"
  }

  /// The sentences of several files, one behind the other; all have as many columns.
  package static func joined(_ parts: [TaggedCorpus]) -> TaggedCorpus {
    parts.dropFirst().reduce(into: parts[0]) { all, part in
      all.sentences += part.sentences.map { sentence in
        var moved = sentence
        moved.url = part.url
        return moved
      }
      all.documentCount += part.documentCount
      all.commentCount += part.commentCount
      all.emptyCount += part.emptyCount
    }
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
    var breaks = TagBreaks(scheme: scheme, tagCount: wordCount)
    for (index, sentence) in sentences.enumerated() {
      let found = notation.breaks(in: sentence.tags)
      if !found.isEmpty {
        breaks.count += found.count
        let proper = notation.converted(sentence.tags, to: scheme)
        for word in found where breaks.examples.count < 5 {
          breaks.examples.append(
            .init(
              place: place(sentence: index, word: word), tag: sentence.tags[word],
              previous: word > 0 ? sentence.tags[word - 1] : nil, expected: proper[word]))
        }
        if isStrict, let first = breaks.examples.first {
          throw UserError(
            "\(first.place): the tag \(first.sentence) in \(scheme.rawValue.uppercased())",
            hint: "correct the tag, or repair such tags by leaving out --strict")
        }
      }
    }
    return breaks
  }
}
