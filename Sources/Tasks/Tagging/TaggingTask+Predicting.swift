import Compute
import Corpora
import Interchange
import Networks
import Runs

extension TaggingTask: ColumnReading {
  package func readColumns() { readsColumns = true }

  /// A sentence a line, its words separated by blanks; or, after `readColumns` and always where the
  /// model reads features, CoNLL columns: a word a line and a blank line after each sentence.
  public func queries() -> any QueryReader<TypedSentence> {
    readsColumns
      ? TypedColumns(features: form.features)
      : LineQueries { line, _ in TypedSentence(words: TypedSentence.fields(line)) }
  }

  /// A blank line among sentences gives an empty prediction, so that lines of input and output stay
  /// side by side.
  public func predict(_ queries: [TypedSentence]) -> [Prediction] {
    let tagged = queries.indices.filter { !queries[$0].words.isEmpty }
    let data = TaggingData(
      words: tagged.map {
        TaggedSentence(words: queries[$0].words, columns: queries[$0].features)
      }, vocabularies)
    var readings = [TaggerReader.Reading?](repeating: nil, count: queries.count)
    reader.read(data) { readings[tagged[$0.sentence]] = $0 }
    return zip(queries, readings).map { sentence, reading in
      let tags = vocabularies.tags.written(reading?.tags ?? [])
      let intent = reading?.intent.flatMap { vocabularies.intents?.names[Int($0)] }
      return Prediction(
        text: text(sentence, tags, intent), json: json(sentence.words, tags, intent))
    }
  }

  /// The input's columns with the tag behind them, or the tags of a line; then the intent.
  private func text(_ sentence: TypedSentence, _ tags: [String], _ intent: String?) -> String {
    guard !sentence.lines.isEmpty else {
      return tags.joined(separator: " ") + (intent.map { "\t\($0)" } ?? "")
    }
    let lines = zip(sentence.lines, tags).map { "\($0) \($1)" }
    return (lines + [intent ?? ""]).joined(separator: "\n")
  }

  private func json(_ words: [String], _ tags: [String], _ intent: String?) -> JSONValue {
    func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
    var members: [JSONValue.Member] = [
      .init("tokens", strings(words)), .init("tags", strings(tags)),
    ]
    if vocabularies.tags.learnt != nil {
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

extension TaggingTask: Ensembling {
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
