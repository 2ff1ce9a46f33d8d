import Compute
import Corpora
import Testing

struct TagSchemeTests {
  private let iob1 = ["I-A", "I-A", "B-A", "I-B", "O", "I-A"]
  private let iob2 = ["B-A", "I-A", "B-A", "B-B", "O", "B-A"]
  private let iobes = ["B-A", "E-A", "S-A", "S-B", "O", "S-A"]

  @Test func schemesAreConvertedIntoEachOther() {
    let written: [TagScheme: [String]] = [.iob1: iob1, .iob2: iob2, .iobes: iobes]
    for (scheme, tags) in written {
      #expect(scheme.breaks(in: tags).isEmpty)
      let spans = TagSpan.spans(in: tags)
      #expect(
        spans == [
          TagSpan(type: "A", tokens: 0..<2), TagSpan(type: "A", tokens: 2..<3),
          TagSpan(type: "B", tokens: 3..<4), TagSpan(type: "A", tokens: 5..<6),
        ])
      for (target, expected) in written { #expect(target.tags(spans, count: 6) == expected) }
    }
  }

  /// Any spans, written in any scheme, are read back.
  @Test(arguments: TagScheme.allCases)
  func whatIsWrittenIsReadBack(scheme: TagScheme) {
    let random = RandomStream(seed: 1, purpose: .generator)
    for row in 0..<300 {
      var spans: [TagSpan] = []
      var start = 0
      for index in 0..<6 {
        let word = random.word(row: row, index: index)
        start += Int(word & 1)
        let end = start + 1 + Int(word >> 1) % 3
        spans.append(TagSpan(type: word >> 8 & 1 == 0 ? "x" : "y-z", tokens: start..<end))
        start = end
      }
      let tags = scheme.tags(spans, count: start + 1)
      #expect(TagSpan.spans(in: tags) == spans)
      #expect(scheme.breaks(in: tags).isEmpty)
    }
  }

  @Test func breaksAreFound() {
    #expect(TagScheme.iob2.breaks(in: ["O", "I-A", "I-A", "B-B", "I-A"]) == [1, 4])
    #expect(TagScheme.iob1.breaks(in: ["B-A", "I-A", "B-A", "O", "B-A"]) == [0, 4])
    #expect(TagScheme.iobes.breaks(in: ["B-A", "O", "I-A", "E-A", "S-A", "E-B"]) == [0, 2, 5])
    #expect(TagScheme.iob2.breaks(in: ["E-A"]) == [0])
    // BILOU is IOBES with other letters.
    #expect(TagScheme.iobes.breaks(in: ["B-A", "L-A", "U-A"]).isEmpty)
  }

  @Test func theSchemeIsDetected() {
    #expect(TagScheme.detect(in: [iob1]) == .iob1)
    #expect(TagScheme.detect(in: [iob2]) == .iob2)
    #expect(TagScheme.detect(in: [iobes]) == .iobes)
    #expect(TagScheme.detect(in: [["O", "O"]]) == .iob2)
    #expect(TagScheme.detect(in: [["DT", "NN"]]) == nil)
    #expect(TagScheme.detect(in: [["B-A", "B"]]) == nil)
    #expect(TagScheme.detect(in: [iob2, ["I-A"], iob2]) == .iob2)
  }
}
