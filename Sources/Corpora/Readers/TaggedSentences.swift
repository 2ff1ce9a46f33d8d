import Compute

/// A sentence with a tag for each word, in texts or in what stands for them.
package struct SentenceOf<Text: Sendable & Equatable>: Sendable, Equatable {
  package var words: [Text]
  /// One tag a word; none at all where a file has no tags.
  package var tags: [Text]
  /// The columns between word and tag, one array a column, each as long as `words`.
  package var columns: [[Text]]
  /// What the whole sentence is about.
  package var intent: Text?
  /// The line of each word.
  package var lines: [Int32]

  package init(
    words: [Text], tags: [Text] = [], columns: [[Text]] = [], intent: Text? = nil,
    lines: [Int32] = []
  ) {
    self.words = words
    self.tags = tags
    self.columns = columns
    self.intent = intent
    self.lines = lines
  }

  /// The same sentence with something else for each text.
  func map<Other>(_ other: (Text) -> Other) -> SentenceOf<Other> {
    SentenceOf<Other>(
      words: words.map(other), tags: tags.map(other), columns: columns.map { $0.map(other) },
      intent: intent.map(other), lines: lines)
  }
}

/// A sentence with a tag for each word.
package typealias TaggedSentence = SentenceOf<String>
/// The same with the numbers of its texts.
package typealias NumberedSentence = SentenceOf<Int32>

/// Tagged sentences, as many as a disk holds: the numbers of what stands in them. In memory is each
/// different text once.
package struct TaggedSentences: RandomAccessCollection, Sendable {
  /// Of each sentence how many words it has, the number of its intent or -1, whether it has tags, what
  /// follows of its lines, and these; then its words, its tags, and column after column.
  private var records = RaggedList<Int32>()
  package private(set) var texts = NumberedTexts()
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
    try append(sentence.map { texts.number(of: $0) })
  }

  /// The number that a text of a sentence has.
  mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int32 { texts.number(of: text) }

  /// A sentence of texts that have numbers. Throws a `UserError` where the disk has no room.
  mutating func append(_ sentence: NumberedSentence) throws {
    let (count, lines) = (sentence.words.count, sentence.lines)
    var record: [Int32] = [Int32(count), sentence.intent ?? -1, sentence.tags.isEmpty ? 0 : 1]
    let first = lines.first ?? 0
    if lines.allSatisfy({ $0 == first }) {
      record += [Lines.one, first]
    } else if lines.indices.allSatisfy({ Int(lines[$0]) == Int(first) + $0 }) {
      record += [Lines.followingEachOther, first]
    } else {
      record += [Lines.single] + lines
    }
    record += sentence.words
    record += sentence.tags
    for column in sentence.columns { record += column }
    try records.append(record)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { records.count }

  package subscript(index: Int) -> TaggedSentence {
    var sentence = numbers(index).map { texts[$0] }
    sentence.lines = lines(index)
    return sentence
  }

  /// A sentence by the numbers of its texts, without its lines.
  func numbers(_ index: Int) -> NumberedSentence {
    let record = records[index]
    let (start, end) = (record.startIndex, record.endIndex)
    let count = Int(record[start])
    func field(_ start: Int) -> [Int32] { Array(record[start..<start + count]) }
    let first = start + (record[start + 3] == Lines.single ? 4 + count : 5)
    let hasTags = record[start + 2] == 1
    let intent = record[start + 1]
    var sentence = NumberedSentence(
      words: field(first), tags: hasTags ? field(first + count) : [],
      intent: intent < 0 ? nil : intent)
    if count > 0 {
      sentence.columns =
        stride(from: first + (hasTags ? 2 : 1) * count, to: end, by: count).map(field)
    }
    guard let choice else { return sentence }
    let columns = sentence.columns + [sentence.tags]
    sentence.columns = choice.features.map { columns[$0 - 1] }
    if let tag = choice.tag { sentence.tags = columns[tag - 1] }
    return sentence
  }

  /// Sentences that will be read soon.
  func expect(_ sentences: [Int]) { records.expect(sentences) }

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

extension Chosen<TaggedSentences> {
  package var texts: NumberedTexts { base.texts }

  /// The same sentences by the numbers of their texts, without lines.
  package var numbered: some RandomAccessCollection<NumberedSentence> {
    indices.lazy.map { numbers($0) }
  }

  /// Those that will be read soon.
  package func expect(_ rows: [Int]) { base.expect(rows.map(place)) }

  /// One of them.
  package func numbers(_ index: Int) -> NumberedSentence { base.numbers(place(index)) }
}
