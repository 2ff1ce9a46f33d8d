import Compute
import Runs

/// A sentence that somebody typed.
public struct TypedSentence {
  var words: [String]
  /// One array a feature.
  var features: [[String]] = []
  /// The lines it stood on, where it was read from columns.
  var lines: [String] = []

  /// What blanks separate.
  static func fields(_ line: String) -> [String] {
    line.utf8.split { $0 == 0x20 || $0 &- 9 < 5 }.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Gathers sentences from lines of columns: a word a line, a blank line after each sentence.
struct TypedColumns: QueryReader {
  /// Columns of features, from 1 for the first one after the word.
  private let features: [Int]
  private var sentence: TypedSentence
  private var number = 0
  private var shape: (columns: Int, line: Int)?

  init(features: [Int]) {
    self.features = features
    sentence = TypedSentence(words: [], features: features.map { _ in [] })
  }

  mutating func read(_ line: String, at place: String) throws -> TypedSentence? {
    number += 1
    let fields = TypedSentence.fields(line)
    guard let word = fields.first else { return finish() }
    let expected = shape ?? (fields.count, number)
    shape = expected
    guard fields.count == expected.columns else {
      throw UserError(
        "\(place): found \(fields.count) columns, expected \(expected.columns) as in line "
          + "\(expected.line)",
        hint: "each line is a word and its columns; a blank line ends a sentence")
    }
    let least = (features.max() ?? 0) + 1
    guard fields.count >= least else {
      throw UserError(
        "\(place): found \(fields.count) columns, expected at least \(least)",
        hint: "the model reads the columns "
          + features.map { "\($0 + 1)" }.joined(separator: ", ") + " beside the word")
    }
    sentence.words.append(word)
    sentence.lines.append(line)
    for (index, column) in features.enumerated() {
      sentence.features[index].append(fields[column])
    }
    return nil
  }

  mutating func finish() -> TypedSentence? {
    defer { sentence = TypedSentence(words: [], features: features.map { _ in [] }) }
    return sentence.words.isEmpty ? nil : sentence
  }
}
