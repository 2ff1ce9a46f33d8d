import Compute
import Corpora
import Testing

struct TagSchemeTests {
  /// The same spans in every scheme.
  private let written: [TagScheme: [String]] = [
    .iob1: ["I-A", "I-A", "I-A", "B-A", "I-B", "O", "I-A"],
    .iob2: ["B-A", "I-A", "I-A", "B-A", "B-B", "O", "B-A"],
    .iobes: ["B-A", "I-A", "E-A", "S-A", "S-B", "O", "S-A"],
    .bilou: ["B-A", "I-A", "L-A", "U-A", "U-B", "O", "U-A"],
    .bmes: ["B-A", "M-A", "E-A", "S-A", "S-B", "O", "S-A"],
    .bmeso: ["B-A", "M-A", "E-A", "S-A", "S-B", "O", "S-A"],
    .bmewo: ["B-A", "M-A", "E-A", "W-A", "W-B", "O", "W-A"],
  ]

  @Test func schemesAreConvertedIntoEachOther() {
    #expect(written.count == TagScheme.allCases.count)
    for (scheme, tags) in written {
      let notation = TagNotation(scheme)
      #expect(notation.breaks(in: tags).isEmpty)
      let spans = TagSpan.spans(in: tags)
      #expect(
        spans == [
          TagSpan(type: "A", tokens: 0..<3), TagSpan(type: "A", tokens: 3..<4),
          TagSpan(type: "B", tokens: 4..<5), TagSpan(type: "A", tokens: 6..<7),
        ])
      for (target, expected) in written {
        #expect(notation.converted(tags, to: target) == expected)
      }
    }
  }

  /// Spans of one corpus, the same for every scheme; without types where `isTyped` is false.
  private func sentences(isTyped: Bool = true) -> [(spans: [TagSpan], count: Int)] {
    let random = RandomStream(seed: 1, purpose: .generator)
    return (0..<300).map { row in
      var spans: [TagSpan] = []
      var start = 0
      for index in 0..<6 {
        let word = random.word(row: row, index: index)
        start += Int(word & 1)
        let end = start + 1 + Int(word >> 1) % 3
        let type = isTyped ? (word >> 8 & 1 == 0 ? "x" : "y-z") : ""
        spans.append(TagSpan(type: type, tokens: start..<end))
        start = end
      }
      return (spans, start + 1)
    }
  }

  /// Any spans, written in any scheme, are read back, and the scheme is found, with types and without.
  @Test(arguments: TagScheme.allCases, [true, false])
  func whatIsWrittenIsReadBack(scheme: TagScheme, isTyped: Bool) {
    // Of tokens that all belong to spans only BMES has a name.
    let sentences = sentences(isTyped: isTyped).map { spans, count in
      scheme == .bmes
        ? (spans.isEmpty ? [] : apart(spans), spans.reduce(0) { $0 + $1.tokens.count })
        : (spans, count)
    }
    let tags = sentences.map { scheme.tags($0, count: $1) }
    for (tags, (spans, _)) in zip(tags, sentences) {
      #expect(TagSpan.spans(in: tags) == spans)
      #expect(TagNotation(scheme, isTyped: isTyped).breaks(in: tags).isEmpty)
    }
    #expect(TagNotation.detect(in: TagTriples(tags)) == TagNotation(scheme, isTyped: isTyped))
  }

  /// The same spans without a token between them.
  private func apart(_ spans: [TagSpan]) -> [TagSpan] {
    var start = 0
    return spans.map { span in
      defer { start += span.tokens.count }
      return TagSpan(type: span.type, tokens: start..<start + span.tokens.count)
    }
  }

  /// A few tags that stand for nothing, or for something in another scheme, do not hide the scheme: they
  /// are found, and read as conlleval reads them.
  @Test(arguments: TagScheme.allCases.filter { $0 != .bmes })
  func strayTagsAreToldFromTheScheme(scheme: TagScheme) {
    var tags = sentences().map { scheme.tags($0.spans, count: $0.count) }
    let strays = ["o", "0", "X", "", "B", "-x", "b-x", "PER"]
    for (row, stray) in strays.enumerated() { tags[7 * row][0] = stray }
    let notation = TagNotation(scheme)
    #expect(TagNotation.detect(in: TagTriples(tags)) == notation)
    for row in strays.indices {
      #expect(notation.breaks(in: tags[7 * row]).first == 0)
      #expect(notation.readable(tags[7 * row])[0] == "O")
    }
    // A letter that only another scheme has is no stray, but breaks this one.
    var foreign = sentences().map { TagScheme.iob2.tags($0.spans, count: $0.count) }
    foreign[3] = ["E-x"]
    #expect(TagNotation.detect(in: TagTriples(foreign)) == TagNotation(.iob2))
    #expect(TagNotation(.iob2).breaks(in: foreign[3]) == [0])
  }

  @Test func breaksAreFound() {
    func breaks(_ scheme: TagScheme, _ tags: String...) -> [Int] {
      TagNotation(scheme).breaks(in: tags)
    }
    #expect(breaks(.iob2, "O", "I-A", "I-A", "B-B", "I-A") == [1, 4])
    #expect(breaks(.iob1, "B-A", "I-A", "B-A", "O", "B-A") == [0, 4])
    #expect(breaks(.iobes, "B-A", "O", "I-A", "E-A", "S-A", "E-B") == [0, 2, 5])
    #expect(breaks(.bmewo, "B-A", "O", "M-A", "E-A", "W-A", "E-B") == [0, 2, 5])
    #expect(breaks(.iob2, "E-A") == [0])
    // All letters are read.
    #expect(breaks(.iobes, "B-A", "L-A", "U-A").isEmpty)
  }

  @Test func whatStandsForNoSpansHasNoScheme() {
    #expect(TagNotation.detect(in: TagTriples([["O", "O"]])) == TagNotation(.iob2))
    #expect(TagNotation.detect(in: TagTriples([["DT", "NN", "S", "B"]])) == nil)
    #expect(TagNotation.detect(in: TagTriples([["S", "V", "O"], ["S", "V"]])) == nil)
    #expect(TagNotation.detect(in: TagTriples([["B-A", "B"]])) == nil)
    #expect(TagNotation.detect(in: TagTriples([["PER", "O", "LOC"]])) == nil)
  }

  @Test func otherSpellingsOfSpansAreTold() {
    let lower = TagNotation.lookalike(in: TagTriples([["o", "b-per", "i-per"], ["b-loc"]]))
    #expect(lower?.0 == "b-per" && lower?.1 == "B-per")
    let under = TagNotation.lookalike(in: TagTriples([["O", "B_PER", "I_PER"], ["O"]]))
    #expect(under?.0 == "B_PER" && under?.1 == "B-PER")
    #expect(TagNotation.lookalike(in: TagTriples([["DT", "NN_x"]])) == nil)
    #expect(TagNotation.lookalike(in: TagTriples([written[.iob2] ?? []])) == nil)
  }

  /// Tag, the tag before, and whether they may stand side by side; nil is the beginning or the end.
  private static let neighbours: [(TagScheme, String?, String?, Bool)] = [
    (TagScheme.iob1, "B-X", "I-X", true), (.iob1, "B-X", "B-X", true), (.iob1, "B-X", "I-Y", false),
    (.iob1, "B-X", "O", false), (.iob1, "B-X", nil, false), (.iob1, "I-X", nil, true),
    (.iob1, "I-X", "I-Y", true), (.iob1, nil, "I-X", true),
    (.iob2, "I-X", "B-X", true), (.iob2, "I-X", "I-X", true), (.iob2, "I-X", "I-Y", false),
    (.iob2, "I-X", "O", false), (.iob2, "I-X", nil, false), (.iob2, "B-X", "O", true),
    (.iob2, "B-Y", "B-X", true), (.iob2, nil, "B-X", true),
    (.iobes, "E-X", "B-X", true), (.iobes, "I-X", "I-X", true), (.iobes, "E-X", "B-Y", false),
    (.iobes, "O", "B-X", false), (.iobes, nil, "B-X", false), (.iobes, nil, "I-X", false),
    (.iobes, "S-X", "I-X", false), (.iobes, "I-X", "E-X", false), (.iobes, "E-X", nil, false),
    (.iobes, "S-X", "E-X", true), (.iobes, "B-Y", "S-X", true), (.iobes, nil, "E-X", true),
  ]

  @Test(arguments: neighbours)
  func neighboursAreThoseOfTheScheme(
    scheme: TagScheme, tag: String?, previous: String?, areAllowed: Bool
  ) {
    #expect(scheme.allows(tag, after: previous) == areAllowed)
  }

  /// A tag between its neighbours tells as much as in its sentence, however broken the sentence is.
  @Test(arguments: TagScheme.allCases, [true, false])
  func triplesTellWhatSentencesTell(scheme: TagScheme, isTyped: Bool) {
    let letters = ["B", "I", "E", "S", "O", "M", "L", "U", "W", "X"]
    let tags = letters + letters.flatMap { ["\($0)-a", "\($0)-b-c"] } + ["", "-a", "o"]
    let random = RandomStream(seed: 3, purpose: .generator)
    let sentences = (0..<400).map { row in
      (0..<row % 9).map { tags[Int(random.word(row: row, index: $0)) % tags.count] }
    }
    let notation = TagNotation(scheme, isTyped: isTyped)
    let triples = TagTriples(sentences)
    #expect(triples.all.reduce(0) { $0 + $1.count } == sentences.joined().count)
    var texts = NumberedTexts()
    for sentence in sentences {
      let found = triples.numbers(of: sentence.map { texts.number(of: $0) }).map { triples.all[$0] }
      #expect(found.map(\.tag) == sentence)
      for target in TagScheme.allCases {
        #expect(
          notation.converted(sentence, to: target)
            == found.map { notation.converted($0.tags, to: target)[$0.place] })
      }
      #expect(
        notation.breaks(in: sentence)
          == found.indices.filter {
            notation.breaks(in: found[$0].tags).contains(found[$0].place)
          })
    }
  }
}
