import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Runs

extension TaggingTask: ColumnReading, Decoding {
  package func readColumns() { readsColumns = true }

  package func decode(_ options: DecodingOptions) throws {
    try options.check(for: "taggers", allowed: ["--n-best", "--confidence"])
    guard options.count == nil || !vocabularies.tags.isNameOnly else {
      throw UserError.usage(
        "--n-best needs scores of tags, but this run tells names from other words, one by one",
        hint: "drop it, or train with --head crf")
    }
    shownPaths = options.count ?? 0
    // Of a softmax several may be written as one.
    let spare = reader.model.transitions != nil || vocabularies.tags.learnt == nil ? 1 : 4
    wishes = TaggerReader.Wishes(
      marginals: options.showsConfidence, paths: min(shownPaths, 1 << 20) * spare)
  }

  /// A sentence a line, its words separated by blanks; or, after `readColumns` and always where the
  /// model reads features, CoNLL columns: a word a line and a blank line after each sentence.
  public func queries() -> any QueryReader<TypedSentence> {
    readsColumns
      ? TypedColumns(features: form.features)
      : TypedLines(vocabularies.tags)
  }

  /// A blank line among sentences gives an empty prediction, so that lines of input and output stay
  /// side by side.
  public func predict(_ queries: [TypedSentence]) throws -> [Prediction] {
    let tagged = queries.indices.filter { !queries[$0].words.isEmpty }
    var sentences = TaggedSentences()
    for query in tagged.map({ queries[$0] }) {
      try sentences.append(TaggedSentence(words: query.words, columns: query.features))
    }
    let data = try TaggingData(words: Chosen(sentences, at: nil), vocabularies)
    var readings = [TaggerReader.Reading?](repeating: nil, count: queries.count)
    reader.read(data, wishes) { readings[tagged[$0.sentence]] = $0 }
    return zip(queries, readings).map { sentence, reading in
      ShownTags(sentence, reading, vocabularies, paths: shownPaths).prediction
    }
  }
}

/// What is shown of a sentence and of what was read of it.
private struct ShownTags {
  private let sentence: TypedSentence
  private let tags: [String]
  private let confidences: [Double]
  /// Where several were asked for: the best first.
  private let paths: [TagSet.WrittenPath]
  private let intent: String?
  private let hasSpans: Bool

  init(
    _ sentence: TypedSentence, _ reading: TaggerReader.Reading?,
    _ vocabularies: TaggingVocabularies, paths count: Int
  ) {
    self.sentence = sentence
    let all = vocabularies.tags
    paths = Array(all.written(reading?.paths ?? []).prefix(count))
    let ids = paths.first?.ids ?? reading?.tags ?? []
    tags = all.written(ids)
    confidences = all.confidences(of: ids, reading?.marginals ?? [])
    intent = reading?.intent.flatMap { vocabularies.intents?.names[Int($0)] }
    hasSpans = vocabularies.tags.learnt != nil
  }

  var prediction: Prediction {
    Prediction(
      text: sentence.lines.isEmpty ? line : columns,
      // A line without a word is no sentence.
      json: sentence.words.isEmpty && !sentence.lines.isEmpty ? .null : json)
  }

  /// The tags, how probable each is, the intent. Of several sequences a line each: rank, ln p, tags.
  private var line: String {
    let numbers = confidences.isEmpty ? [] : [confidences.map(Self.text).joined(separator: " ")]
    let rest = numbers + (intent.map { [$0] } ?? [])
    guard !paths.isEmpty else {
      return ([tags.joined(separator: " ")] + rest).joined(separator: "\t")
    }
    return paths.enumerated().map { rank, path in
      let start = ["\(rank + 1)", Self.text(path.logProbability), path.tags.joined(separator: " ")]
      return (start + (rank == 0 ? rest : [])).joined(separator: "\t")
    }.joined(separator: "\n")
  }

  /// The input's lines with the tags behind them, one a sequence, and how probable the first is; the
  /// intent in the place of the blank line, or behind the last.
  private var columns: String {
    let sequences = paths.isEmpty ? [tags] : paths.map(\.tags)
    var word = 0
    var lines = sentence.lines.map { line -> String in
      switch line {
      case .other(let text): return text
      case .word(let text, let separator):
        defer { word += 1 }
        let added =
          sequences.map { $0[word] } + (confidences.isEmpty ? [] : [Self.text(confidences[word])])
        return ([String(text)] + added).joined(separator: separator)
      }
    }
    guard let intent else { return lines.joined(separator: "\n") }
    if case .other = sentence.lines.last { lines.removeLast() }
    return (lines + [intent]).joined(separator: "\n")
  }

  private static func text(_ number: Double) -> String { String(format: "%.4f", number) }

  private var json: JSONValue {
    func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
    var members: [JSONValue.Member] = [
      .init("tokens", strings(sentence.words)), .init("tags", strings(tags)),
    ]
    if !confidences.isEmpty {
      members.append(.init("confidences", .array(confidences.map { .number($0) })))
    }
    if hasSpans {
      let spans = TagSpan.spans(in: tags).map { span in
        JSONValue.object([
          .init("type", .string(span.type)), .init("start", .integer(span.tokens.lowerBound)),
          .init("end", .integer(span.tokens.upperBound)),
          .init("text", .string(sentence.words[span.tokens].joined(separator: " "))),
        ])
      }
      members.append(.init("spans", .array(spans)))
    }
    if let intent { members.append(.init("intent", .string(intent))) }
    if !paths.isEmpty {
      let best = paths.map { path in
        JSONValue.object([
          .init("tags", strings(path.tags)), .init("log_probability", .number(path.logProbability)),
        ])
      }
      members.append(.init("n_best", .array(best)))
    }
    return .object(members)
  }
}

extension TaggingTask: EnsembleMeasuring {
  package func join(_ others: [TaggingTask]) throws {
    let hasField = reader.model.transitions != nil
    guard others.allSatisfy({ ($0.reader.model.transitions != nil) == hasField }) else {
      throw UserError.usage(
        "some of the runs choose whole sequences of tags and some do not",
        hint: "name runs with the same --head")
    }
    reader.others = others.map(\.reader)
  }
}
