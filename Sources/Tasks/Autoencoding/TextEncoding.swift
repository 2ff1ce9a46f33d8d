import Compute
import Corpora
import Foundation
import Runs

/// How text becomes ids for an autoencoder.
struct TextEncoding {
  let vocabulary: Vocabulary
  let unit: TextSequences.Unit
  private let isLowercased: Bool
  /// Sentences of more tokens are left out of training; 0: none.
  private let longest: Int

  init(_ settings: AutoencodingSettings, _ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    unit = settings.unit
    isLowercased = settings.data.lowercase
    longest = settings.data.longest
  }

  /// With the vocabulary of what is trained on.
  init(learning sequences: TextSequences, _ settings: AutoencodingSettings) throws {
    let data = settings.data
    let lines = (0..<sequences.count).lazy.flatMap(sequences.lines)
      .map { sequences.text.lines[$0] }
    self.init(
      settings,
      try Vocabulary.of(
        lines.map { data.lowercase ? $0.lowercased() : $0 },
        kind: TokenKind(rawValue: data.tokens) ?? .word,
        limits: VocabularyLimits(keeping: data.vocabularySize, minimumCount: data.minCount)))
  }

  var summary: String { "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens" }

  var artifact: Artifact { .vocabulary(vocabulary) }

  /// Throws a `UserError` that names the line for one that holds no token.
  func examples(_ sequences: TextSequences) throws -> TextExamples {
    let text = sequences.text
    var examples = TextExamples(unit)
    examples.blankCount = text.blankLineCount
    var leftOut = 0
    for range in (0..<sequences.count).lazy.map(sequences.lines) {
      let sentences = try range.map { line in
        try IDSequences.ids(of: prepared(text.lines[line]), at: text.place(line)) {
          try vocabulary.encode($0)
        }
      }
      if sequences.part != nil, unit == .sentence, isTooLong(sentences[0]) {
        leftOut += 1
      } else {
        try examples.append(sentences, name: text.lines[range.lowerBound])
      }
    }
    if let part = sequences.part?.rawValue, leftOut > 0 {
      guard examples.count > 0 else {
        throw UserError(
          "all \(leftOut) sentences of \(part) have more than \(longest) tokens",
          hint: "raise --longest")
      }
      examples.warnings = [
        "\(leftOut) of \(sequences.count) sentences in \(part) have more than "
          + "\(longest) tokens and are left out"
      ]
    }
    return examples
  }

  private func isTooLong(_ sentence: [Int32]) -> Bool {
    longest > 0 && sentence.count > longest
  }

  // MARK: Typed text

  /// A sentence, or a document with line feeds between its sentences.
  func example(_ query: String) throws -> TextExamples {
    let lines =
      unit == .sentence
      ? [query] : query.split(separator: "\n").map(String.init).filter { !$0.isBlank }
    guard !lines.isEmpty else {
      throw UserError.usage("--query: a document without a sentence")
    }
    let ids = try lines.enumerated().map { index, line in
      try self.ids(
        line, place: unit == .sentence ? "--query" : "--query, sentence \(index + 1)")
    }
    return try example(lines, ids)
  }

  /// As files have them: sentences, of which a blank one stays one; or documents, a sentence a line,
  /// blank lines between them.
  func queries() -> any QueryReader<AutoencodingQuery> {
    guard unit == .sentence else { return DocumentQueries(text: self) }
    return LineQueries { line, place in
      AutoencodingQuery(
        lines: [line],
        example: line.isBlank ? nil : .text(try example([line], [try ids(line, place: place)])))
    }
  }

  fileprivate func example(_ lines: [String], _ ids: [[Int32]]) throws -> TextExamples {
    var examples = TextExamples(unit)
    try examples.append(
      ids, name: unit == .sentence ? lines[0].trimmingCharacters(in: .whitespaces) : lines[0])
    return examples
  }

  /// The ids of a sentence that was typed at `place`.
  fileprivate func ids(_ sentence: String, place: String) throws -> [Int32] {
    let text = prepared(sentence.trimmingCharacters(in: .whitespaces))
    return try IDSequences.ids(of: text, at: place) { try vocabulary.encode($0) }
  }

  private func prepared(_ text: String) -> String { isLowercased ? text.lowercased() : text }
}

/// Gathers documents from lines.
private struct DocumentQueries: QueryReader {
  let text: TextEncoding
  private var lines: [String] = []
  private var sentences: [[Int32]] = []

  init(text: TextEncoding) { self.text = text }

  mutating func read(_ line: String, at place: String) throws -> AutoencodingQuery? {
    if line.isBlank { return try finish() }
    sentences.append(try text.ids(line, place: place))
    lines.append(line)
    return nil
  }

  mutating func finish() throws -> AutoencodingQuery? {
    guard !lines.isEmpty else { return nil }
    defer { (lines, sentences) = ([], []) }
    return AutoencodingQuery(lines: lines, example: .text(try text.example(lines, sentences)))
  }
}

extension String {
  fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }
}

/// Replaces tokens that the decoder is fed by the unknown one, so that it has to rely on the code.
///
/// Source: Bowman et al., "Generating Sentences from a Continuous Space" (2016).
struct FedTokenDropout {
  let rate: Double
  let unknown: Int32?
  let seed: UInt64

  /// - Parameters:
  ///   - sentence: its place in the data.
  ///   - update: of the training; nil where nothing is replaced.
  func applied(to tokens: [Int32], sentence: Int, update: Int?) -> [Int32] {
    guard rate > 0, let unknown, let update else { return tokens }
    let random = RandomStream(seed: seed, purpose: .wordDropout, update: update)
    return tokens.enumerated().map { place, token in
      Double(random.uniform(row: sentence, index: place + 1)) < rate ? unknown : token
    }
  }
}
