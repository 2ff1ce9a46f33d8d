import Compute
import Foundation

/// Vectors of words that were trained elsewhere: those of one vocabulary, and all others beside them.
///
/// Text files as GloVe and word2vec write them: an optional first line `count dimension`, then a word
/// and its numbers a line, separated by blanks. A word may itself hold blanks: the numbers are the
/// last fields. Words are compared as bytes: two spellings of one accented letter are two words. Lines
/// whose word is blank are passed over. The file is read once, line by line.
package struct WordVectors: Sendable {
  package let dimension: Int
  /// The words of the vocabulary that were found, as ascending ids.
  package let ids: [Int32]
  /// [ids, dimension]
  package let values: [Float]
  /// Every word that was asked for beside the vocabulary, by row of `others`; without blanks in it.
  package let otherWords: WordTable
  package let others: VectorRows
  /// Lines that hold a vector.
  package let vectorCount: Int
  /// Vectors of words of the vocabulary that had one already; the first one counts.
  package let duplicateCount: Int

  /// Reads the vectors of `vocabulary`'s words.
  ///
  /// - `dimension`: the numbers a word; nil takes what the first line says or has.
  /// - `fallsBackToLowercase`: a word without a vector takes that of its lower-case form.
  /// - `keeps`: which words are kept in `others`, those of the vocabulary too.
  ///
  /// Throws a `UserError` naming file, line and, for a field of the vocabulary's words that is no finite
  /// number, the field; for a line with too few fields; and if there are fewer or more vectors than the
  /// first line says, which tells a file that was cut short. Cost: about 40 ns a number of a word that
  /// is kept.
  package static func read(
    _ url: URL, for vocabulary: Vocabulary, dimension: Int? = nil,
    fallsBackToLowercase: Bool = false, keeping keeps: (String) -> Bool = { _ in false },
    halvesBeyond limit: Int = VectorRows.limit
  ) throws -> WordVectors {
    let wanted = WantedWords(vocabulary, fallsBackToLowercase: fallsBackToLowercase)
    var found = [[Float]?](repeating: nil, count: wanted.count)
    var lines = try VectorLines(url, dimension: dimension)
    var others: (words: WordTable, rows: VectorRows)?
    var duplicates = 0
    while let line = try lines.next() {
      let place = wanted.place(of: line.word)
      let isNew = place.map { found[$0] == nil } ?? false
      if place != nil, !isNew { duplicates += 1 }
      let isOther =
        !line.word.contains(where: WordScanner.isWhiteSpace)
        && others?.words.index(of: line.word) == nil
        && keeps(String(decoding: line.word, as: UTF8.self))
      guard isNew || isOther else { continue }
      // What is wrong in a row that nobody may ask for is no reason to stop.
      guard let numbers = isNew ? try line.numbers() : try? line.numbers() else { continue }
      if let place, isNew { found[place] = numbers }
      if isOther {
        var kept = others ?? (WordTable(), VectorRows(width: numbers.count, limit: limit))
        others = nil
        _ = kept.words.insert(Array(line.word))
        kept.rows.append(numbers)
        others = kept
      }
    }
    let width = try lines.checkedWidth()
    let rows = vocabulary.tokens.indices.compactMap { id in
      wanted.places(ofID: id).lazy.compactMap { found[$0] }.first.map {
        (id: Int32(id), values: $0)
      }
    }
    return WordVectors(
      dimension: width, ids: rows.map(\.id), values: rows.flatMap(\.values),
      otherWords: others?.words ?? WordTable(), others: others?.rows ?? VectorRows(width: width),
      vectorCount: lines.count, duplicateCount: duplicates)
  }

  /// How many numbers a word has in a file: what its first line says, else what most of its first lines
  /// have, or `expected` if some of them have that many. Throws a `UserError` if it holds no vector.
  package static func dimension(of url: URL, expected: Int? = nil) throws -> Int {
    let reader = try VectorLines.reader(of: url)
    var counts: [Int: Int] = [:]
    while let line = try reader.next(), reader.number <= 100 {
      let fields = VectorLines.fields(line)
      if reader.number == 1, let header = VectorLines.header(line, fields) {
        return header.dimension
      }
      if fields.count > 1, !VectorLines.isBlank(line[0]) {
        counts[fields.count - 1, default: 0] += 1
      }
    }
    if let expected, counts[expected] != nil { return expected }
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      throw VectorLines.noVector(url)
    }
    return most.key
  }
}

/// The lines of a file of vectors.
private struct VectorLines {
  struct Line {
    /// Valid until the next one is read.
    let word: Slice<UnsafeBufferPointer<UInt8>>
    let numbers: () throws -> [Float]
  }

  /// Lines that hold a vector.
  private(set) var count = 0
  private let url: URL
  private let reader: LineReader
  private let expected: Int?
  private var announced: Int?
  private var width: Int?

  init(_ url: URL, dimension: Int?) throws {
    self.url = url
    reader = try Self.reader(of: url)
    expected = dimension
    width = dimension
  }

  /// Forms that are not read, by their first bytes; word2vec's binary one begins with a line of text.
  private static let foreign: [(begin: [UInt8], name: String, hint: String)] = [
    (
      [0xBA, 0x16, 0x4F, 0x2F], "a model in fastText's binary form",
      "name the .vec file that fastText writes beside it, or write one, as with gensim: "
        + "load_facebook_vectors(FILE).save_word2vec_format(TEXT)"
    ),
    (
      [0x93] + Array("NUMPY".utf8), "an array of numpy, which has no words",
      "write a text file: each line is a word and its numbers"
    ),
  ]

  /// A reader of the file's lines. Throws a `UserError` for a file in a form that is not read.
  static func reader(of url: URL) throws -> LineReader {
    // What can be read but once is not looked at.
    if FileSystem.isRegularFile(url.path) {
      let begin = try ByteOrderMark.begin(of: UnpackedFile.open(url), count: 6)
      if let found = foreign.first(where: { begin.starts(with: $0.begin) }) {
        throw UserError("'\(url.path)' is \(found.name), expected text", hint: found.hint)
      }
    }
    return try LineReader(url)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  static func fields(_ line: UnsafeBufferPointer<UInt8>) -> [Slice<UnsafeBufferPointer<UInt8>>] {
    line.split(whereSeparator: isBlank)
  }

  /// `count dimension`; nil if it is another line.
  static func header(
    _ line: UnsafeBufferPointer<UInt8>, _ fields: [Slice<UnsafeBufferPointer<UInt8>>]
  ) -> (count: Int, dimension: Int)? {
    guard fields.count == 2, !isBlank(line[0]), let count = DecimalNumber.integer(fields[0]),
      let numbers = DecimalNumber.integer(fields[1]), count >= 0, 1...1 << 16 ~= numbers
    else { return nil }
    return (count, numbers)
  }

  static func noVector(_ url: URL) -> UserError {
    UserError("'\(url.path)' holds no vector", hint: "each line is a word and its numbers")
  }

  /// The next vector whose word is not blank; nil at the end.
  mutating func next() throws -> Line? {
    while let line = try nextLine() {
      let fields = Self.fields(line)
      if fields.isEmpty { continue }
      if reader.number == 1, let header = Self.header(line, fields) {
        guard expected == nil || expected == header.dimension else {
          throw reader.error(
            "the vectors have \(header.dimension) numbers, expected \(expected ?? 0)",
            hint: "give --embedding \(header.dimension), or none: it is taken from the file then")
        }
        (announced, width) = header
        continue
      }
      if Self.isBlank(line[0]), fields.count == width ?? fields.count,
        fields.allSatisfy({ DecimalNumber.parse($0) != nil })
      {
        count += 1
        continue
      }
      let numbers = width ?? fields.count - 1
      width = numbers
      guard numbers > 0, fields.count > numbers else {
        throw reader.error(
          "found \(fields.count) fields, expected \(max(2, numbers + 1)): a word and "
            + "\(max(1, numbers)) numbers",
          hint: "the file may be cut short, or of another dimension")
      }
      count += 1
      let first = fields.count - numbers
      return Line(word: line[fields[0].startIndex..<fields[first - 1].endIndex]) { [reader] in
        try fields[first...].enumerated().map { place, field in
          if let value = DecimalNumber.parse(field) { return value }
          throw reader.error(
            "field \(first + place + 1) is '\(String(decoding: field.prefix(40), as: UTF8.self))', "
              + "expected a finite number",
            hint: "a word and \(numbers) numbers, separated by blanks, were expected")
        }
      }
    }
    return nil
  }

  /// Numbers that are no text, behind a first line that says how many there are, are word2vec's.
  private func nextLine() throws -> UnsafeBufferPointer<UInt8>? {
    do {
      return try reader.next()
    } catch let error as UserError where announced != nil && reader.number == 2 {
      throw UserError(
        error.message + ": these look like vectors in word2vec's binary form, which is not read",
        hint: "write them as text, as with gensim: KeyedVectors.load_word2vec_format(FILE, "
          + "binary=True).save_word2vec_format(TEXT)")
    }
  }

  /// The numbers of a vector, once all is read.
  func checkedWidth() throws -> Int {
    guard let width, count > 0 else { throw Self.noVector(url) }
    guard announced == nil || announced == count else {
      throw UserError(
        "'\(url.path)' holds \(count) vectors, expected \(announced ?? 0) as its first line says",
        hint: "the file may be cut short: fetch it again")
    }
    return width
  }
}

/// The words that vectors are read for.
private struct WantedWords {
  private var table = WordTable()
  /// For each id of the vocabulary the places of its spellings in `table`, the better one first.
  private var places: [[Int]] = []

  init(_ vocabulary: Vocabulary, fallsBackToLowercase: Bool) {
    for token in vocabulary.tokens {
      var spellings = [token]
      if fallsBackToLowercase { spellings.append(token.lowercased()) }
      places.append(spellings.map { table.insert(Array($0.utf8)) })
    }
  }

  var count: Int { table.count }

  func place(of word: some Collection<UInt8>) -> Int? { table.index(of: word) }

  func places(ofID id: Int) -> [Int] { places[id] }
}
