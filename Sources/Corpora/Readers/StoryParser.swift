import Compute

/// Reads stories with questions line by line, in the format of the bAbI tasks (Weston et al. 2015):
///
///     1 Mary moved to the bathroom.
///     2 John went to the hallway.
///     3 Where is Mary?<TAB>bathroom<TAB>1
///
/// - Lines of a story are numbered from 1: the number 1 begins the next story.
/// - A line with a tab, or one that ends in `?`, is a question; all others are sentences. A question is
///   about the sentences of its story that stand before it, so there must be one.
/// - Behind the first tab stands the answer. Several words joined by commas are one answer. Behind the
///   second tab stand the numbers of the lines that support it, which nobody here reads.
/// - Words are what blanks separate. Each of `. , ; : ! ?` at the end of a word is a word by itself.
/// - Blank lines are skipped.
package struct StoryParser: Sendable {
  package enum Line: Sendable, Equatable {
    case sentence([String])
    /// `answer` is nil where none is given.
    case question([String], answer: String?)
  }

  package static let hint =
    "lines are 'NUMBER sentence' or 'NUMBER question<TAB>answer', numbered from 1 in each story"

  private let form: WordForm
  /// The number of the last line; 0 before the first.
  private var number = 0
  private var sentenceCount = 0

  /// - Parameter form: of all words.
  package init(form: WordForm) { self.form = form }

  /// Takes the next line.
  ///
  /// - Parameter place: names the line in errors, such as `'file' line 3`.
  /// - Returns: what it says, and whether a story begins with it; nil for a blank line.
  /// - Throws: `UserError` for a line without a number or without words, for a number out of order
  ///   and for a question before any sentence.
  package mutating func read(
    _ text: String, at place: @autoclosure () -> String
  ) throws -> (line: Line, beginsStory: Bool)? {
    func error(_ what: String) -> UserError { UserError("\(place()): \(what)", hint: Self.hint) }
    let fields = text.utf8.split(separator: 0x09, omittingEmptySubsequences: false)
    let parts = Self.parts(fields[0])
    guard let first = parts.first else {
      guard fields.count == 1 else { throw error("found no number, expected one before the text") }
      return nil
    }
    guard let found = Int(String(decoding: first, as: UTF8.self)), found > 0 else {
      throw error(
        "found '\(String(decoding: first.prefix(40), as: UTF8.self))', "
          + "expected the number of the line")
    }
    guard found == 1 || number > 0 && found - 1 == number else {
      throw error(
        "found the number \(found), expected "
          + (number > 0 ? "\(UInt(number) + 1), or 1 to begin a story" : "1 to begin a story"))
    }
    let words = parts.dropFirst().flatMap(words)
    guard !words.isEmpty else { throw error("found no words behind the number \(found)") }
    let beginsStory = found == 1
    if beginsStory { sentenceCount = 0 }
    number = found
    guard fields.count > 1 || words.last == "?" else {
      sentenceCount += 1
      return (.sentence(words), beginsStory)
    }
    guard sentenceCount > 0 else {
      throw error("found a question before any sentence of its story")
    }
    let answer = fields.count > 1 ? trimmed(fields[1]) : ""
    return (.question(words, answer: answer.isEmpty ? nil : answer), beginsStory)
  }

  /// Goes on behind a line that `read` has refused, with its number, if it has one.
  package mutating func passOver(_ text: String) -> (isQuestion: Bool, beginsStory: Bool) {
    let fields = text.utf8.split(separator: 0x09, omittingEmptySubsequences: false)
    let parts = Self.parts(fields[0])
    let found = parts.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    if let found, found > 0 { number = found }
    if found == 1 { sentenceCount = 0 }
    return (fields.count > 1 || parts.last?.last == UInt8(ascii: "?"), found == 1)
  }

  private static func parts(_ text: Substring.UTF8View) -> [Substring.UTF8View] {
    text.split(whereSeparator: WordScanner.isWhiteSpace)
  }

  /// A word and the marks at its end.
  private func words(_ text: Substring.UTF8View) -> [String] {
    var (word, marks) = (text, [String]())
    while word.count > 1, let last = word.last, Self.marks.contains(last) {
      marks.append(String(decoding: [last], as: UTF8.self))
      word = word.dropLast()
    }
    return [form.apply(String(decoding: word, as: UTF8.self))] + marks.reversed()
  }

  private static let marks = Array(".,;:!?".utf8)

  private func trimmed(_ text: Substring.UTF8View) -> String {
    Self.parts(text).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
  }
}
