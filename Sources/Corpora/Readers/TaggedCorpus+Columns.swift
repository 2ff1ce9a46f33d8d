import Compute
import Foundation

extension TaggedCorpus {
  /// Reads CoNLL columns: one word a line, columns separated by blanks or tabs, the word first and
  /// the tag last, a blank line after each sentence.
  ///
  /// Lines that begin with `-DOCSTART-` begin a document and hold no word.
  /// - `hasTags`: false for text to be tagged, where every further column is an input.
  /// - `skipsComments`: lines that begin with `#` are no words. Off, because `#` is a word in some
  ///   corpora.
  ///
  /// Throws a `UserError` naming file, line, columns found and expected for a line with another
  /// number of columns than the first, for a lone column where a tag is needed, and for a file
  /// without a word.
  package static func read(
    columns url: URL, hasTags: Bool = true, skipsComments: Bool = false
  ) throws -> TaggedCorpus {
    let reader = try LineReader(url)
    var sentences: [TaggedSentence] = []
    var current = TaggedSentence(words: [])
    var documents = 0
    var shape: (columns: Int, line: Int)?
    func finish() {
      guard !current.words.isEmpty else { return }
      sentences.append(current)
      current = TaggedSentence(words: [])
    }
    while let line = try reader.next() {
      if skipsComments, line.first == UInt8(ascii: "#") { continue }
      let fields = line.split(whereSeparator: WordScanner.isWhiteSpace)
        .map { String(decoding: $0, as: UTF8.self) }
      guard let word = fields.first else {
        finish()
        continue
      }
      if word == "-DOCSTART-" {
        finish()
        documents += 1
        continue
      }
      let expected = shape ?? (fields.count, reader.number)
      shape = expected
      guard fields.count == expected.columns else {
        throw reader.error(
          "found \(columns(fields.count)), expected \(expected.columns) as in line \(expected.line)",
          hint: "each line is a word, further columns and its tag, separated by blanks; "
            + "a blank line ends a sentence")
      }
      guard fields.count > 1 || !hasTags else {
        throw reader.error(
          "found 1 column, expected at least 2: a word and its tag",
          hint: "'unroll predict' takes text without tags")
      }
      let last = hasTags ? fields.count - 1 : fields.count
      if current.words.isEmpty {
        current.columns = Array(repeating: [], count: max(0, last - 1))
      }
      current.words.append(word)
      current.lines.append(Int32(clamping: reader.number))
      if last > 1 { for column in 1..<last { current.columns[column - 1].append(fields[column]) } }
      if hasTags { current.tags.append(fields[last]) }
    }
    finish()
    guard !sentences.isEmpty else {
      throw UserError("'\(url.path)' holds no sentence", hint: "each line is a word and its tag")
    }
    return TaggedCorpus(url: url, sentences: sentences, documentCount: documents)
  }

  private static func columns(_ count: Int) -> String {
    count == 1 ? "1 column" : "\(count) columns"
  }
}
