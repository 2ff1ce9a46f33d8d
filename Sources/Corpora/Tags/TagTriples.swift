/// The tags of sentences, each between its neighbours: the different ones, as they first appear, and how
/// often they stand there.
///
/// Whether a tag breaks a notation, and what it is in another one, follows from the tag before it and the one
/// behind it (`TagSpan.spans`). So of a corpus of any size the different triples are looked at.
package struct TagTriples: Sendable {
  package struct Triple: Sendable {
    /// Nil at the start of a sentence.
    package let previous: String?
    package let tag: String
    /// Nil at its end.
    package let next: String?
    package fileprivate(set) var count: Int

    /// A sentence in which the tag stands so, at `place`.
    package var tags: [String] { [previous, tag, next].compactMap(\.self) }
    package var place: Int { previous == nil ? 0 : 1 }
  }

  package private(set) var all: [Triple] = []
  private let texts: NumberedTexts
  /// Of the numbers of the three texts, -1 for none.
  private var numbers: [SIMD3<Int32>: Int] = [:]

  package init(of texts: NumberedTexts) { self.texts = texts }

  package init(_ sentences: some Sequence<[String]>) {
    var texts = NumberedTexts()
    let numbered = sentences.map { $0.map { texts.number(of: $0) } }
    self.init(of: texts)
    for tags in numbered { add(tags) }
  }

  /// The tags of one more sentence, by number.
  package mutating func add(_ tags: [Int32]) {
    for place in tags.indices {
      let key = Self.key(tags, place)
      if let number = numbers[key] {
        all[number].count += 1
      } else {
        numbers[key] = all.count
        all.append(
          Triple(
            previous: key.x < 0 ? nil : texts[key.x], tag: texts[key.y],
            next: key.z < 0 ? nil : texts[key.z], count: 1))
      }
    }
  }

  /// Which of `all` each tag of a sentence is that was added.
  package func numbers(of tags: [Int32]) -> [Int] {
    tags.indices.map { place in
      guard let number = numbers[Self.key(tags, place)] else {
        preconditionFailure("a sentence that was not added")
      }
      return number
    }
  }

  /// With each tag spelt in another way.
  func spelt(_ spelling: (String) -> String) -> [Triple] {
    all.map {
      Triple(
        previous: $0.previous.map(spelling), tag: spelling($0.tag), next: $0.next.map(spelling),
        count: $0.count)
    }
  }

  private static func key(_ tags: [Int32], _ place: Int) -> SIMD3<Int32> {
    SIMD3(
      place > 0 ? tags[place - 1] : -1, tags[place],
      place + 1 < tags.count ? tags[place + 1] : -1)
  }
}
