import Compute
import Runs

/// A sentence that somebody typed.
public struct TypedSentence {
  var words: [String]
  /// One array a feature.
  var features: [[String]] = []
  /// The lines it stood on, where it was read from columns: those of its words and, as they are, those
  /// without a word: blank ones, comments, beginnings of documents.
  var lines: [ColumnLine] = []
}

/// A line of columns.
enum ColumnLine {
  /// With what separates its columns.
  case word(Substring, separator: String)
  case other(String)
}

/// Gathers sentences from lines of columns: a word a line, a blank line after each sentence. No line is
/// lost, so that predictions have as many.
struct TypedColumns: QueryReader {
  /// Columns of features, from 1 for the first one after the word.
  private let features: [Int]
  private var sentence: TypedSentence
  /// Lines that begin with `#` where a sentence begins: comments, unless words have as many columns.
  private var heads: [(line: String, number: Int, place: String)] = []
  private var number = 0
  private var shape: (columns: Int, line: Int)?
  /// Of the last line that had more than one column.
  private var separator = " "

  init(features: [Int]) {
    self.features = features
    sentence = TypedSentence(words: [], features: features.map { _ in [] })
  }

  mutating func read(_ line: String, at place: String) throws -> TypedSentence? {
    number += 1
    let fields = line.words
    guard let word = fields.first else {
      settleHeads(columns: shape?.columns)
      sentence.lines.append(.other(line))
      return take()
    }
    if word == "-DOCSTART-" {
      settleHeads(columns: shape?.columns ?? fields.count)
      let before = sentence.words.isEmpty ? nil : take()
      sentence.lines.append(.other(line))
      return before
    }
    if sentence.words.isEmpty, word.hasPrefix("#") {
      heads.append((line, number, place))
      return nil
    }
    settleHeads(columns: shape?.columns ?? fields.count)
    try add(fields, line, number, place)
    return nil
  }

  mutating func finish() -> TypedSentence? {
    settleHeads(columns: shape?.columns)
    return sentence.lines.isEmpty ? nil : take()
  }

  private mutating func take() -> TypedSentence {
    defer { sentence = TypedSentence(words: [], features: features.map { _ in [] }) }
    return sentence
  }

  /// Takes lines that begin with `#` for words where they look like words, else for comments.
  ///
  /// - Parameter columns: of words; nil where there has been none yet.
  private mutating func settleHeads(columns: Int?) {
    let heads = heads
    self.heads = []
    for (line, number, place) in heads {
      let fields = line.words
      guard columns ?? fields.count == fields.count, fields.count >= leastCount else {
        sentence.lines.append(.other(line))
        continue
      }
      // Refused, it comes back as it is.
      try? add(fields, line, number, place)
    }
  }

  private var leastCount: Int { (features.max() ?? 0) + 1 }

  private static func columns(_ count: Int) -> String {
    count == 1 ? "1 column" : "\(count) columns"
  }

  /// A line that is refused comes back as it is, without a tag.
  private mutating func add(
    _ fields: [String], _ line: String, _ number: Int, _ place: String
  ) throws {
    let expected = shape ?? (fields.count, number)
    guard fields.count == expected.columns, fields.count >= leastCount else {
      sentence.lines.append(.other(line))
      throw fields.count == expected.columns
        ? UserError(
          "\(place): found \(Self.columns(fields.count)), expected at least \(leastCount)",
          hint: "the model reads the columns "
            + features.map { "\($0 + 1)" }.joined(separator: ", ") + " beside the word")
        : UserError(
          "\(place): found \(Self.columns(fields.count)), expected \(expected.columns) as in line "
            + "\(expected.line)",
          hint: "each line is a word and its columns; a blank line ends a sentence")
    }
    shape = expected
    if fields.count > 1 { separator = line.contains("\t") ? "\t" : " " }
    let end = line.lastIndex { !$0.isWhitespace }.map(line.index(after:)) ?? line.endIndex
    sentence.lines.append(.word(line[..<end], separator: separator))
    sentence.words.append(fields[0])
    for (index, column) in features.enumerated() {
      sentence.features[index].append(fields[column])
    }
  }
}
