import Compute

/// A sentence with a tag for each word.
package struct TaggedSentence: Sendable, Equatable {
  package var words: [String]
  /// One tag a word; none at all where a file has no tags.
  package var tags: [String]
  /// The columns between word and tag, one array a column, each as long as `words`.
  package var columns: [[String]]
  /// What the whole sentence is about.
  package var intent: String?
  /// The line of each word.
  package var lines: [Int32]

  package init(
    words: [String], tags: [String] = [], columns: [[String]] = [], intent: String? = nil,
    lines: [Int32] = []
  ) {
    self.words = words
    self.tags = tags
    self.columns = columns
    self.intent = intent
    self.lines = lines
  }
}

/// Tagged sentences, as many as a disk holds: the numbers of what stands in them. In memory is each
/// different text once.
package struct TaggedSentences: RandomAccessCollection, Sendable {
  /// Of each sentence how many words it has, the number of its intent or -1, whether it has tags, what
  /// follows of its lines, and these; then its words, its tags, and column after column.
  private var records = RaggedList<Int32>()
  private var texts: [String] = []
  private var numbers = WordTable()
  /// The columns that are read; nil: all as they stand.
  private var choice: Choice?

  /// Which columns of a file are features, and which one is the tag: 1 for the first after the word.
  private struct Choice: Sendable {
    let features: [Int]
    let tag: Int?
  }

  /// How lines are written down.
  private enum Lines {
    static let one: Int32 = 0
    static let followingEachOther: Int32 = 1
    static let single: Int32 = 2
  }

  package init() {}

  /// Throws a `UserError` where the disk has no room.
  package mutating func append(_ sentence: TaggedSentence) throws {
    let (count, lines) = (sentence.words.count, sentence.lines)
    var record: [Int32] = [
      Int32(count), sentence.intent.map { number($0) } ?? -1, sentence.tags.isEmpty ? 0 : 1,
    ]
    let first = lines.first ?? 0
    if lines.allSatisfy({ $0 == first }) {
      record += [Lines.one, first]
    } else if lines.indices.allSatisfy({ Int(lines[$0]) == Int(first) + $0 }) {
      record += [Lines.followingEachOther, first]
    } else {
      record += [Lines.single] + lines
    }
    for field in [sentence.words, sentence.tags] + sentence.columns {
      for text in field { record.append(number(text)) }
    }
    try records.append(record)
  }

  /// By bytes: a `String` equals its other spellings.
  private mutating func number(_ text: String) -> Int32 {
    // No word of the table is empty.
    let number = numbers.insert([0] + text.utf8)
    if number == texts.count { texts.append(text) }
    return Int32(number)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { records.count }

  package subscript(index: Int) -> TaggedSentence {
    let record = Array(records[index])
    let count = Int(record[0])
    func texts(at start: Int) -> [String] {
      record[start..<start + count].map { self.texts[Int($0)] }
    }
    let first = record[3] == Lines.single ? 4 + count : 5
    let hasTags = record[2] == 1
    var sentence = TaggedSentence(
      words: texts(at: first), tags: hasTags ? texts(at: first + count) : [],
      intent: record[1] < 0 ? nil : self.texts[Int(record[1])], lines: lines(index))
    let start = first + (hasTags ? 2 : 1) * count
    sentence.columns =
      count == 0 ? [] : stride(from: start, to: record.count, by: count).map(texts)
    guard let choice else { return sentence }
    let columns = sentence.columns + [sentence.tags]
    sentence.columns = choice.features.map { columns[$0 - 1] }
    if let tag = choice.tag { sentence.tags = columns[tag - 1] }
    return sentence
  }

  /// The words of a sentence.
  func wordCount(_ index: Int) -> Int { Int(records[index].first ?? 0) }

  /// The line of each word of a sentence.
  func lines(_ index: Int) -> [Int32] {
    let record = records[index]
    let (start, count) = (record.startIndex, Int(record[record.startIndex]))
    let first = record[start + 4]
    switch record[start + 3] {
    case Lines.one: return [Int32](repeating: first, count: count)
    case Lines.followingEachOther: return (0..<Int32(count)).map { first + $0 }
    default: return Array(record[start + 4..<start + 4 + count])
    }
  }

  /// With some columns as features and one as tag.
  ///
  /// - Parameters:
  ///   - features: 1 for the first column after the word.
  ///   - tag: likewise; nil: the tag as it is.
  package func reading(features: [Int], tag: Int?) -> TaggedSentences {
    var result = self
    result.choice = Choice(features: features, tag: tag)
    return result
  }
}
