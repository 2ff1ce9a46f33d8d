import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained tagger as its run folder keeps it.
package struct TrainedTagger: TrainedModel {
  private let tagger: TaggingModel
  private let form: TaggingForm
  private let reader: TaggerReader
  private var readsColumns: Bool

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try TaggingJob.configuration(of: folder)
    form = try TaggingForm(configuration)
    tagger = try TaggingModel(
      configuration,
      TaggingVocabularies(
        form: form, readsCharacters: configuration.integer("model.characters") > 0, in: folder),
      seed: 0)
    try folder.restoreModel(tagger.model.parameters)
    reader = TaggerReader(tagger.model, team: team)
    readsColumns = !form.features.isEmpty
  }

  package func evaluate(_ files: [URL]) throws -> Evaluation {
    guard let file = files.first, files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) files, expected one of tagged sentences", hint: "name it with --data")
    }
    let corpus = try form.read(file)
    var warnings = try corpus.breaks(
      of: tagger.vocabularies.tags.scheme, isStrict: form.isStrict)
    let data = try TaggingData(corpus, tagger.vocabularies, isStrict: form.isStrict)
    warnings += data.unknown.warnings
    let evaluation = tagger.evaluate(data, reader)
    return Evaluation(
      score: evaluation.score,
      report: (warnings.map { "warning: \($0)" } + [evaluation.report]).joined(separator: "\n"),
      details: evaluation.details + [
        .init("unknown_tags", .integer(data.unknown.tags.count)),
        .init("unknown_intents", .integer(data.unknown.intents.count)),
        .init("warnings", .array(warnings.map { .string($0) })),
      ])
  }

  package mutating func readColumns() { readsColumns = true }

  /// A sentence a line, its words separated by blanks; or, after `readColumns` and always where the
  /// model reads features, CoNLL columns: a word a line and a blank line after each sentence.
  ///
  /// A blank line among sentences gives an empty prediction, so that lines of input and output stay
  /// side by side.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    var lines = InputLines(form: form)
    while let line = try nextLine() {
      if readsColumns {
        if let sentence = try lines.addColumns(line) { try emit(prediction(sentence)) }
      } else {
        try emit(prediction(InputSentence(words: InputLines.fields(line))))
      }
    }
    if let sentence = lines.finish() { try emit(prediction(sentence)) }
  }

  private func prediction(_ input: InputSentence) -> Prediction {
    var (tags, intent): ([String], String?) = ([], nil)
    if !input.words.isEmpty {
      let data = TaggingData(
        words: [TaggedSentence(words: input.words, columns: input.features)], tagger.vocabularies)
      let known = tagger.vocabularies.tags
      reader.read(data, constraints: known.constraints) { reading in
        tags = known.written(reading.tags)
        intent = reading.intent.flatMap { tagger.vocabularies.intents?.names[Int($0)] }
      }
    }
    return Prediction(
      text: text(input, tags, intent), json: json(input.words, tags, intent))
  }

  /// The input's columns with the tag behind them, or the tags of a line; then the intent.
  private func text(_ input: InputSentence, _ tags: [String], _ intent: String?) -> String {
    guard !input.lines.isEmpty else {
      return tags.joined(separator: " ") + (intent.map { "\t\($0)" } ?? "")
    }
    let lines = zip(input.lines, tags).map { "\($0) \($1)" }
    return (lines + [intent ?? ""]).joined(separator: "\n")
  }

  private func json(_ words: [String], _ tags: [String], _ intent: String?) -> JSONValue {
    func strings(_ list: some Sequence<String>) -> JSONValue { .array(list.map { .string($0) }) }
    var members: [JSONValue.Member] = [
      .init("tokens", strings(words)), .init("tags", strings(tags)),
    ]
    if tagger.vocabularies.tags.learnt != nil {
      let spans = TagSpan.spans(in: tags).map { span in
        JSONValue.object([
          .init("type", .string(span.type)), .init("start", .integer(span.tokens.lowerBound)),
          .init("end", .integer(span.tokens.upperBound)),
          .init("text", .string(words[span.tokens].joined(separator: " "))),
        ])
      }
      members.append(.init("spans", .array(spans)))
    }
    if let intent { members.append(.init("intent", .string(intent))) }
    return .object(members)
  }
}

/// A sentence that was typed.
private struct InputSentence {
  var words: [String] = []
  /// One array a feature.
  var features: [[String]] = []
  /// The lines it stood on, where it was read from columns.
  var lines: [String] = []
}

/// Gathers sentences from lines of columns.
private struct InputLines {
  let form: TaggingForm
  private var sentence = InputSentence()
  private var number = 0
  private var shape: (columns: Int, line: Int)?

  init(form: TaggingForm) { self.form = form }

  static func fields(_ line: String) -> [String] {
    line.utf8.split { $0 == 0x20 || $0 &- 9 < 5 }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Takes a line; gives the sentence that it ends.
  mutating func addColumns(_ line: String) throws -> InputSentence? {
    number += 1
    let fields = Self.fields(line)
    guard let word = fields.first else { return finish() }
    let expected = shape ?? (fields.count, number)
    shape = expected
    guard fields.count == expected.columns else {
      throw UserError(
        "standard input line \(number): found \(fields.count) columns, expected "
          + "\(expected.columns) as in line \(expected.line)",
        hint: "each line is a word and its columns; a blank line ends a sentence")
    }
    let least = (form.features.max() ?? 0) + 1
    guard fields.count >= least else {
      throw UserError(
        "standard input line \(number): found \(fields.count) columns, expected at least \(least)",
        hint: "the model reads the columns "
          + form.features.map { "\($0 + 1)" }.joined(separator: ", ") + " beside the word")
    }
    if sentence.words.isEmpty {
      sentence.features = Array(repeating: [], count: form.features.count)
    }
    sentence.words.append(word)
    sentence.lines.append(line)
    for (index, column) in form.features.enumerated() {
      sentence.features[index].append(fields[column])
    }
    return nil
  }

  mutating func finish() -> InputSentence? {
    defer { sentence = InputSentence() }
    return sentence.words.isEmpty ? nil : sentence
  }
}
