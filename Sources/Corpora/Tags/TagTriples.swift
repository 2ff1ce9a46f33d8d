/// The tags of sentences, each between its neighbours: the different ones, as they first appear, and how
/// often they stand there.
///
/// Whether a tag breaks a notation, and what it is in another one, follows from the tag before it and the one
/// behind it (`TagSpan.spans`), and of these only from such as may belong to a span: all others are as
/// none. So of a corpus of any size the different triples are looked at, which are few whatever its tags are.
package struct TagTriples: Sendable {
  package struct Triple: Sendable {
    /// Nil at the start of a sentence, and for a tag of no span.
    let previous: String?
    package let tag: String
    /// Nil at its end, and likewise.
    let next: String?
    package fileprivate(set) var count: Int

    /// A sentence in which the tag stands so, at `place`.
    package var tags: [String] { [previous, tag, next].compactMap(\.self) }
    package var place: Int { previous == nil ? 0 : 1 }
  }

  package private(set) var all: [Triple] = []
  private let texts: NumberedTexts
  /// Of each text, whether it may be the tag of a span.
  private let isOfSpan: [Bool]
  /// Of the numbers of the three texts, -1 for none.
  private var numbers: [SIMD3<Int32>: Int] = [:]

  package init(of texts: NumberedTexts) {
    self.texts = texts
    isOfSpan = (0..<Int32(texts.count)).map { Tag(texts[$0]).isOfSpan }
  }

  package init(_ sentences: some Sequence<[String]>) {
    var texts = NumberedTexts()
    let numbered = sentences.map { $0.map { texts.number(of: $0) } }
    self.init(of: texts)
    for tags in numbered { add(tags) }
  }

  /// The tags of one more sentence, by number.
  package mutating func add(_ tags: [Int32]) {
    for place in tags.indices { add(key(tags, place), 1) }
  }

  /// What another one has found among the same texts, behind what is here.
  mutating func merge(_ other: TagTriples) {
    for (key, number) in other.numbers.sorted(by: { $0.value < $1.value }) {
      add(key, other.all[number].count)
    }
  }

  private mutating func add(_ key: SIMD3<Int32>, _ count: Int) {
    if let number = numbers[key] {
      all[number].count += count
    } else {
      numbers[key] = all.count
      all.append(
        Triple(
          previous: key.x < 0 ? nil : texts[key.x], tag: texts[key.y],
          next: key.z < 0 ? nil : texts[key.z], count: count))
    }
  }

  /// Which of `all` each tag of a sentence is that was added.
  package func numbers(of tags: [Int32]) -> [Int] {
    tags.indices.map { place in
      guard let number = numbers[key(tags, place)] else {
        preconditionFailure("a sentence that was not added")
      }
      return number
    }
  }

  /// The tags alone, each spelt in another way.
  func spelt(_ spelling: (String) -> String) -> [Triple] {
    all.map { Triple(previous: nil, tag: spelling($0.tag), next: nil, count: $0.count) }
  }

  private func key(_ tags: [Int32], _ place: Int) -> SIMD3<Int32> {
    guard isOfSpan[Int(tags[place])] else { return SIMD3(-1, tags[place], -1) }
    func neighbour(_ place: Int) -> Int32 {
      tags.indices.contains(place) && isOfSpan[Int(tags[place])] ? tags[place] : -1
    }
    return SIMD3(neighbour(place - 1), tags[place], neighbour(place + 1))
  }
}
