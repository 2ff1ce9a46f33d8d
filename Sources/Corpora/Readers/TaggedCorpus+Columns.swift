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
  /// without a word. A first column that is 0, 1, 2 … or 1, 2, 3 … in each sentence, beside a further one, is
  /// none of words.
  package static func read(
    columns url: URL, hasTags: Bool = true, skipsComments: Bool = false
  ) throws -> TaggedCorpus {
    let reader = try LineReader(url)
    var rows = ColumnRows(hasTags: hasTags)
    var row: [ColumnRows.Field] = []
    while let line = try reader.next() {
      ColumnRows.cut(line, into: &row)
      guard let word = row.first else {
        try rows.endSentence()
        continue
      }
      if word.elementsEqual(ColumnRows.documentStart) {
        try rows.endSentence()
        rows.documentCount += 1
      } else if skipsComments, line.first == UInt8(ascii: "#") {
        rows.commentCount += 1
      } else {
        try rows.add(row, reader)
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
  /// Whether what stands for words is 0, 1, 2 … or 1, 2, 3 … in each sentence, and some column may be that
  /// of the words. CoNLL-U puts `1-2` and `1.1` between.
  private static func countsWords(_ sentences: TaggedSentences) -> Bool {
    guard
      sentences.indices.contains(where: {
        sentences.wordCount($0) > 1 && !sentences.numbers($0).columns.isEmpty
      })
    else { return false }
    return sentences.allSatisfy { sentence in
      let numbers = sentence.words.filter { !standsBetween($0) }
      guard let first = numbers.first.flatMap({ Int($0) }), 0...1 ~= first else { return false }
      return numbers.elementsEqual((first..<first + numbers.count).map(String.init))
    }
  }

  /// Whether a field is two numbers with a mark between them.
  private static func standsBetween(_ field: String) -> Bool {
    let parts = field.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "." }
    return parts.count == 2 && parts.allSatisfy { Int($0) != nil }
  }
}

/// The rows of a file on their way to sentences. What is a comment shows at the end only, when all tags
/// are known.
private struct ColumnRows {
  typealias Field = UnsafeBufferPointer<UInt8>

  static let documentStart = Array("-DOCSTART-".utf8)

  let hasTags: Bool
  var documentCount = 0
  var commentCount = 0
  /// With their words alone, which may be none.
  private var sentences = TaggedSentences()
  /// Rows before the first word of a sentence that begin with `#`, the line and the sentence of each.
  private var heads = TextList()
  private var headLines = LongList<Int32>()
  private var headSentences = LongList<Int>()
  /// The rows of the sentence that is being read, one behind the other, and the line of each.
  private var fields: [Int32] = []
  private var lines: [Int32] = []
  /// The columns of all words, and the line that says so.
  private var shape: (columns: Int, line: Int)?
  private var tags: Set<Int32> = []

  init(hasTags: Bool) { self.hasTags = hasTags }

  /// The fields of a line, in memory that is kept from line to line.
  static func cut(_ line: UnsafeBufferPointer<UInt8>, into row: inout [Field]) {
    row.removeAll(keepingCapacity: true)
    var start: Int?
    func end(at place: Int) {
      guard let first = start else { return }
      row.append(UnsafeBufferPointer(rebasing: line[first..<place]))
      start = nil
    }
    for place in 0..<line.count {
      if WordScanner.isWhiteSpace(line[place]) {
        end(at: place)
      } else if start == nil {
        start = place
      }
    }
    end(at: line.count)
  }

  mutating func add(_ row: [Field], _ reader: LineReader) throws {
    if hasTags, lines.isEmpty, row[0].first == UInt8(ascii: "#") {
      try heads.append(utf8: Array(row.joined(separator: [0x20])))
      try headLines.append(Int32(clamping: reader.number))
      try headSentences.append(sentences.count)
      return
    }
    let expected = shape ?? (row.count, reader.number)
    shape = expected
    guard row.count == expected.columns else {
      throw reader.error(
        "found \(Self.columns(row.count)), expected \(expected.columns) "
          + "as in line \(expected.line)",
        hint: "each line is a word, further columns and its tag, separated by blanks; "
          + "a blank line ends a sentence")
    }
    guard row.count > 1 || !hasTags else {
      throw reader.error(
        "found 1 column, expected at least 2: a word and its tag",
        hint: "'unroll predict' takes text without tags")
    }
    for field in row { fields.append(sentences.number(of: field)) }
    if hasTags { tags.insert(fields[fields.count - 1]) }
    lines.append(Int32(clamping: reader.number))
  }

  mutating func endSentence() throws {
    guard !lines.isEmpty || headSentences.last == sentences.count else { return }
    try sentences.append(sentence(fields, shape?.columns ?? 1, lines))
    fields.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
  }

  mutating func finish() throws -> TaggedSentences {
    try endSentence()
    // A file whose every line begins with # holds hashtags.
    let columns = shape?.columns ?? heads.first.map { Self.fields($0).count } ?? 0
    let isTag = Set(tags.map { sentences.texts[$0] })
    let isWord = heads.lazy.map(Self.fields).map { fields in
      fields.count == columns && columns > 1
        && (isTag.isEmpty || isTag.contains(fields[columns - 1]))
    }
    let wordCount = isWord.count { $0 }
    commentCount += heads.count - wordCount
    guard wordCount > 0 || sentences.indices.contains(where: { sentences.wordCount($0) == 0 })
    else { return sentences }
    var (all, head) = (TaggedSentences(), 0)
    for (index, sentence) in sentences.enumerated() {
      var before = TaggedSentence(words: [])
      while head < heads.count, headSentences[head] == index {
        if isWord[head] {
          let row = self.sentence(Self.fields(heads[head]), columns, [headLines[head]])
          before = before.words.isEmpty ? row : before.followed(by: row)
        }
        head += 1
      }
      if !before.words.isEmpty {
        try all.append(before.followed(by: sentence))
      } else if !sentence.words.isEmpty {
        try all.append(sentence)
      }
    }
    return all
  }

  private static func fields(_ row: String) -> [String] {
    row.utf8.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Rows, one behind the other, as a sentence.
  private func sentence<Text>(
    _ fields: [Text], _ columns: Int, _ lines: [Int32]
  ) -> SentenceOf<Text> {
    func column(_ index: Int) -> [Text] {
      stride(from: index, to: fields.count, by: columns).map { fields[$0] }
    }
    return SentenceOf(
      words: column(0), tags: hasTags && !fields.isEmpty ? column(columns - 1) : [],
      columns: (1..<max(1, hasTags ? columns - 1 : columns)).map(column), lines: lines)
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
