import Compute
import Foundation

extension TaggedCorpus {
  /// Reads CoNLL columns: one word a line, columns separated by blanks or tabs, the word first and
  /// the tag last, a blank line after each sentence.
  ///
  /// Lines that begin with `-DOCSTART-` begin a document and hold no word. Lines that begin with `#`
  /// before the first word of a sentence (`# text = …` of CoNLL-U, `# id …` of MultiCoNER) are comments
  /// if they have another number of columns than words have, or a last column that is the tag of no
  /// word; else `#` or `#hashtag` is the word.
  /// - `hasTags`: false for text to be tagged, where every further column is an input and every line
  ///   that begins with `#` is a word.
  /// - `skipsComments`: lines that begin with `#` are no words, wherever they stand.
  ///
  /// Throws a `UserError` naming file, line, columns found and expected for a line with another
  /// number of columns than the first, for a lone column where a tag is needed, and for a file
  /// without a word. A first column that is 1, 2, 3 … in each sentence, beside a further one, is none of
  /// words.
  package static func read(
    columns url: URL, hasTags: Bool = true, skipsComments: Bool = false
  ) throws -> TaggedCorpus {
    let reader = try LineReader(url)
    var rows = ColumnRows(hasTags: hasTags)
    while let line = try reader.next() {
      let fields = line.split(whereSeparator: WordScanner.isWhiteSpace)
        .map { String(decoding: $0, as: UTF8.self) }
      guard let word = fields.first else {
        try rows.endSentence()
        continue
      }
      if word == "-DOCSTART-" {
        try rows.endSentence()
        rows.documentCount += 1
      } else if skipsComments, line.first == UInt8(ascii: "#") {
        rows.commentCount += 1
      } else {
        try rows.add(.init(fields: fields, line: reader.number), reader)
      }
    }
    let sentences = try rows.finish()
    guard !sentences.isEmpty else {
      throw UserError("'\(url.path)' holds no sentence", hint: "each line is a word and its tag")
    }
    guard !hasTags || !countsWords(sentences) else {
      throw UserError(
        "'\(url.path)' line \(sentences[0].lines[0]): the first column counts the words, as in "
          + "CoNLL-U, expected the words",
        hint: "cut it off, as with: grep -v '^#' FILE | cut -f2-")
    }
    return TaggedCorpus(
      url, sentences, documentCount: rows.documentCount, commentCount: rows.commentCount)
  }
}

extension TaggedCorpus {
  /// Whether what stands for words is 1, 2, 3 … in each sentence, and some column may be that of the words.
  /// CoNLL-U puts `1-2` and `1.1` between.
  private static func countsWords(_ sentences: TaggedSentences) -> Bool {
    guard sentences.contains(where: { $0.words.count > 1 && !$0.columns.isEmpty }) else {
      return false
    }
    return sentences.allSatisfy { sentence in
      let numbers = sentence.words.filter { !$0.contains("-") && !$0.contains(".") }
      return numbers.elementsEqual((1..<numbers.count + 1).map(String.init))
    }
  }
}

/// The rows of a file on their way to sentences. What is a comment shows at the end only, when all tags
/// are known.
private struct ColumnRows {
  struct Row {
    let fields: [String]
    let line: Int
  }

  let hasTags: Bool
  var documentCount = 0
  var commentCount = 0
  /// With their words alone, which may be none.
  private var sentences = TaggedSentences()
  /// Rows before the first word of a sentence that begin with `#`, the line and the sentence of each.
  private var heads = TextList()
  private var headLines = LongList<Int32>()
  private var headSentences = LongList<Int>()
  private var current: [Row] = []
  /// The columns of all words, and the line that says so.
  private var shape: (columns: Int, line: Int)?
  private var tags: Set<String> = []

  init(hasTags: Bool) { self.hasTags = hasTags }

  mutating func add(_ row: Row, _ reader: LineReader) throws {
    if hasTags, current.isEmpty, row.fields[0].hasPrefix("#") {
      try heads.append(utf8: row.fields.joined(separator: " ").utf8)
      try headLines.append(Int32(clamping: row.line))
      try headSentences.append(sentences.count)
      return
    }
    let expected = shape ?? (row.fields.count, row.line)
    shape = expected
    guard row.fields.count == expected.columns else {
      throw reader.error(
        "found \(Self.columns(row.fields.count)), expected \(expected.columns) "
          + "as in line \(expected.line)",
        hint: "each line is a word, further columns and its tag, separated by blanks; "
          + "a blank line ends a sentence")
    }
    guard row.fields.count > 1 || !hasTags else {
      throw reader.error(
        "found 1 column, expected at least 2: a word and its tag",
        hint: "'unroll predict' takes text without tags")
    }
    if hasTags { tags.insert(row.fields[row.fields.count - 1]) }
    current.append(row)
  }

  mutating func endSentence() throws {
    guard !current.isEmpty || headSentences.last == sentences.count else { return }
    try sentences.append(sentence(current, shape?.columns ?? 1))
    current = []
  }

  mutating func finish() throws -> TaggedSentences {
    try endSentence()
    // A file whose every line begins with # holds hashtags.
    let columns = shape?.columns ?? heads.first.map { fields($0).count } ?? 0
    let words = heads.lazy.map(fields).map { [tags] fields in
      fields.count == columns && columns > 1
        && (tags.isEmpty || tags.contains(fields[columns - 1]))
    }
    let wordCount = words.count { $0 }
    commentCount += heads.count - wordCount
    guard wordCount > 0 || sentences.indices.contains(where: { sentences.wordCount($0) == 0 })
    else { return sentences }
    var (all, head) = (TaggedSentences(), 0)
    for (index, sentence) in sentences.enumerated() {
      var rows: [Row] = []
      while head < heads.count, headSentences[head] == index {
        if words[head] { rows.append(Row(fields: fields(heads[head]), line: Int(headLines[head]))) }
        head += 1
      }
      if !rows.isEmpty {
        try all.append(self.sentence(rows, columns).followed(by: sentence))
      } else if !sentence.words.isEmpty {
        try all.append(sentence)
      }
    }
    return all
  }

  private func fields(_ row: String) -> [String] {
    row.split(separator: " ").map(String.init)
  }

  private func sentence(_ rows: [Row], _ columns: Int) -> TaggedSentence {
    let inputs = hasTags ? columns - 1 : columns
    return TaggedSentence(
      words: rows.map { $0.fields[0] },
      tags: hasTags ? rows.map { $0.fields[columns - 1] } : [],
      columns: (1..<max(1, inputs)).map { column in rows.map { $0.fields[column] } },
      lines: rows.map { Int32(clamping: $0.line) })
  }

  private static func columns(_ count: Int) -> String {
    count == 1 ? "1 column" : "\(count) columns"
  }
}

extension TaggedSentence {
  /// With the words of another one, which may have none, behind its own.
  fileprivate func followed(by other: TaggedSentence) -> TaggedSentence {
    var all = self
    all.words += other.words
    all.tags += other.tags
    for (column, texts) in other.columns.enumerated() { all.columns[column] += texts }
    all.lines += other.lines
    return all
  }
}
