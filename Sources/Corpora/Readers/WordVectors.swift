import Compute
import Foundation

/// Vectors of words that were trained elsewhere, for the words of one vocabulary.
///
/// Text files as GloVe and word2vec write them: an optional first line `count dimension`, then a word
/// and its numbers a line, separated by blanks. A word may itself hold blanks: the numbers are the
/// last fields. Words are compared as bytes: two spellings of one accented letter are two words. Lines
/// whose word is blank are passed over. The file is read once, line by line; only the vocabulary's words
/// are kept.
package struct WordVectors: Sendable, Equatable {
  package let dimension: Int
  /// The words that were found, as ascending ids.
  package let ids: [Int32]
  /// [ids, dimension]
  package let values: [Float]
  /// Lines that hold a vector.
  package let vectorCount: Int
  /// Vectors of words that had one already; the first one counts.
  package let duplicateCount: Int

  /// Reads the vectors of `vocabulary`'s words.
  ///
  /// - `dimension`: the numbers a word; nil takes what the first line says or has.
  /// - `fallsBackToLowercase`: a word without a vector takes that of its lower-case form.
  ///
  /// Throws a `UserError` naming file, line and, for a field that is no finite number, the field; for
  /// a line with too few fields; and if there are fewer or more vectors than the first line says,
  /// which tells a file that was cut short. Cost: about 40 ns a number of a wanted word.
  package static func read(
    _ url: URL, for vocabulary: Vocabulary, dimension: Int? = nil,
    fallsBackToLowercase: Bool = false
  ) throws -> WordVectors {
    let wanted = WantedWords(vocabulary, fallsBackToLowercase: fallsBackToLowercase)
    var found = [ArraySlice<Float>?](repeating: nil, count: wanted.count)
    var (announced, width, vectors, duplicates): (Int?, Int?, Int, Int) = (nil, dimension, 0, 0)

    let reader = try LineReader(url)
    while let line = try reader.next() {
      let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      if fields.isEmpty { continue }
      let beginsBlank = line[0] == 0x20 || line[0] == 0x09
      if reader.number == 1, !beginsBlank, fields.count == 2,
        let count = DecimalNumber.integer(fields[0]),
        let numbers = DecimalNumber.integer(fields[1]), count >= 0, numbers > 0
      {
        announced = count
        guard dimension == nil || dimension == numbers else {
          throw reader.error(
            "the vectors have \(numbers) numbers, expected \(dimension ?? 0)",
            hint: "choose the dimension of the file")
        }
        width = numbers
        continue
      }
      if beginsBlank, fields.count == width ?? fields.count,
        fields.allSatisfy({ DecimalNumber.parse($0) != nil })
      {
        vectors += 1
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
      vectors += 1
      let first = fields.count - numbers
      let word = line[fields[0].startIndex..<fields[first - 1].endIndex]
      guard let place = wanted.place(of: word) else { continue }
      guard found[place] == nil else {
        duplicates += 1
        continue
      }
      found[place] = try fields[first...].enumerated().map { place, field in
        guard let value = DecimalNumber.parse(field) else {
          throw reader.error(
            "field \(first + place + 1) is '\(String(decoding: field.prefix(40), as: UTF8.self))', "
              + "expected a finite number",
            hint: "a word and \(numbers) numbers, separated by blanks, were expected")
        }
        return value
      }[...]
    }
    guard let width, vectors > 0 else {
      throw UserError("'\(url.path)' holds no vector", hint: "each line is a word and its numbers")
    }
    guard announced == nil || announced == vectors else {
      throw UserError(
        "'\(url.path)' holds \(vectors) vectors, expected \(announced ?? 0) as its first line says",
        hint: "the file may be cut short: fetch it again")
    }
    let rows = vocabulary.tokens.indices.compactMap { id in
      wanted.places(ofID: id).lazy.compactMap { found[$0] }.first.map {
        (id: Int32(id), values: $0)
      }
    }
    return WordVectors(
      dimension: width, ids: rows.map(\.id), values: rows.flatMap(\.values),
      vectorCount: vectors, duplicateCount: duplicates)
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
