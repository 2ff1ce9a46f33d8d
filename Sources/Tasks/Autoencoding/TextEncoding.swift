import Compute
import Corpora
import Foundation
import Runs

/// How text becomes ids for an autoencoder.
struct TextEncoding {
  let vocabulary: Vocabulary
  private let isLowercased: Bool
  /// Sentences of more tokens are left out of training; 0: none.
  private let longest: Int

  init(_ data: AutoencodingSettings.Data, _ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    isLowercased = data.lowercase
    longest = data.longest
  }

  /// With the vocabulary of what is trained on.
  init(learning sequences: TextSequences, _ data: AutoencodingSettings.Data) throws {
    let lines = sequences.lines.joined().lazy.map { sequences.text.lines[$0] }
    let size = data.vocabularySize
    self.init(
      data,
      try Vocabulary.of(
        lines.map { data.lowercase ? $0.lowercased() : $0 },
        kind: TokenKind(rawValue: data.tokens) ?? .word,
        limits: VocabularyLimits(
          size: size > 0 ? size : nil, minimumCount: data.minCount)))
  }

  var summary: String { "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens" }

  var artifact: Artifact {
    Artifact(RunFolder.vocabularyName, vocabulary, change: "its vocabulary is another")
  }

  /// Throws a `UserError` that names the line for one that holds no token.
  func examples(_ source: AutoencodingSource) throws -> TextExamples {
    let sequences = source.text
    let (text, lines) = (sequences.text, sequences.lines.flatMap(Array.init))
    let ids = try IDSequences(lines.lazy.map { prepared(text.lines[$0]) }, vocabulary) {
      text.place(lines[$0])
    }
    var examples = TextExamples(sequences.unit)
    examples.blankCount = text.blankLineCount
    var (first, leftOut) = (0, 0)
    for range in sequences.lines {
      let sentences = (first..<first + range.count).map { ids[$0] }
      first += range.count
      if source.part != nil, sequences.unit == .sentence, isTooLong(sentences[0]) {
        leftOut += 1
      } else {
        examples.append(sentences, name: text.lines[range.lowerBound])
      }
    }
    if let part = source.part?.rawValue, leftOut > 0 {
      guard examples.count > 0 else {
        throw UserError(
          "all \(leftOut) sentences of \(part) have more than \(longest) tokens",
          hint: "raise --longest")
      }
      examples.warnings = [
        "\(leftOut) of \(sequences.lines.count) sentences in \(part) have more than "
          + "\(longest) tokens and are left out"
      ]
    }
    return examples
  }

  private func isTooLong(_ sentence: ArraySlice<Int32>) -> Bool {
    longest > 0 && sentence.count > longest
  }

  /// The ids of a sentence that was typed at `place`.
  func ids(_ sentence: String, place: String) throws -> ArraySlice<Int32> {
    let text = prepared(sentence.trimmingCharacters(in: .whitespaces))
    return try IDSequences([text], vocabulary) { _ in place }[0]
  }

  private func prepared(_ text: String) -> String { isLowercased ? text.lowercased() : text }
}

/// Replaces tokens that the decoder is fed by the unknown one, so that it has to rely on the code.
///
/// Source: Bowman et al., "Generating Sentences from a Continuous Space" (2016).
struct FedTokenDropout {
  let rate: Double
  let unknown: Int32?
  let seed: UInt64

  func token(_ id: Int32, sentence: Int, place: Int, update: Int) -> Int32 {
    guard rate > 0, let unknown else { return id }
    let random = RandomStream(seed: seed, purpose: .wordDropout, update: update)
    return Double(random.uniform(row: sentence, index: place)) < rate ? unknown : id
  }
}
