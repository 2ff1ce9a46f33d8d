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

/// Takes a line for a sentence, and tells once if the first ones look like columns: as many words in each, of which
/// the last is a tag.
struct TypedLines: QueryReader {
  private let tags: TagSet
  /// Words of each line so far that may be one of columns; nil: a line was none.
  private var columns: (count: Int, lines: Int)? = (0, 0)
  private(set) var remark: UserError?

  init(_ tags: TagSet) { self.tags = tags }

  var answersEveryLine: Bool { true }
  func finish() -> TypedSentence? { nil }

  mutating func read(_ line: String, at place: String) -> TypedSentence? {
    let words = line.words
    remark =
      columnsShow(in: words)
      ? UserError(
        "\(place): it and those before look like columns, a word and its tag a line, but are read as sentences",
        hint: "add --columns") : nil
    return TypedSentence(words: words)
  }

  /// Whether this is the last of enough lines to tell.
  private mutating func columnsShow(in words: [String]) -> Bool {
    guard let found = columns, let last = words.last else { return false }
    guard words.count > 1, found.lines == 0 || words.count == found.count, tags.looksLikeOne(last)
    else {
      columns = nil
      return false
    }
    columns = found.lines == 2 ? nil : (words.count, found.lines + 1)
    return columns == nil
  }
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
