import Compute
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct JSONPianoRollsTests {
  @Test func piecesAreRead() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(
      #"{"test": [], "train": [[[64, 60], []], [[21]]], "valid": [[[60, 60]]], "more": 1}"#,
      to: "a.json")
    let rolls = try JSONPianoRolls(contentsOf: url)
    #expect(rolls.train.map(\.steps) == [[[60, 64], []], [[21]]])
    #expect(rolls.valid.map(\.steps) == [[[60]]])
    #expect(rolls.test.isEmpty)
    #expect(rolls.labels == nil)
  }

  @Test func piecesMayHaveLabels() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(
      #"{"test": [], "train": [[[64]], [[21]]], "valid": [[[60]]], "#
        + #""labels": {"train": ["a", "b"], "valid": ["a"]}}"#, to: "a.json")
    let labels = try #require(try JSONPianoRolls(contentsOf: url).labels)
    #expect(labels.train == ["a", "b"] && labels.valid == ["a"] && labels.test == [])
  }

  @Test(arguments: [
    (#"{"train": [[[60"#, "cut short: "),
    (#"{"train": [[[60]]}"#, "no JSON"),
    (#"{"train": [], "valid": []}"#, "has no list 'test'"),
    ("[1]", "has no list 'train'"),
    (
      #"{"train": [[[60], [60, 109]]], "valid": [], "test": []}"#,
      "train, piece 1, step 2: found the note 109, expected a whole number from 21 to 108"
    ),
    (#"{"train": [[[60.5]]], "valid": [], "test": []}"#, "found the note 60.5"),
    (#"{"train": [[[-1]]], "valid": [], "test": []}"#, "found the note -1"),
    (#"{"train": [[60]], "valid": [], "test": []}"#, "piece 1, step 1: no list of notes"),
    (#"{"train": [[[60]], 7], "valid": [], "test": []}"#, "train, piece 2: no list of steps"),
    (
      #"{"train": [[[60]]], "valid": [], "test": [], "labels": {"train": ["a", "b"]}}"#,
      "has 2 labels for the 1 pieces of 'train'"
    ),
    (
      #"{"train": [[[60]]], "valid": [], "test": [], "labels": {"train": [7]}}"#,
      "has the label 7 in 'train', expected a string"
    ),
    (#"{"train": [[]], "valid": [], "test": []}"#, "train, piece 1: a sequence of length zero"),
    ("", "cut short"),
  ])
  func mistakesNameTheirPlace(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(text, to: "bad.json")
    let error = #expect(throws: UserError.self) { try JSONPianoRolls(contentsOf: url) }
    #expect(error?.message.contains("bad.json'") == true)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.hint != nil)
  }

  @Test func theChoralesAreReadAndSurviveMIDI() throws {
    guard let url = SharedData.url("jsb-chorales/jsb-chorales-quarter.json") else {
      print("skipped: the JSB chorales are not there")
      return
    }
    let rolls = try JSONPianoRolls(contentsOf: url)
    #expect(rolls.train.count == 229 && rolls.valid.count == 76 && rolls.test.count == 77)
    let counts = [rolls.train, rolls.valid, rolls.test].map { part in
      [part.reduce(0) { $0 + $1.stepCount }, part.reduce(0) { $0 + $1.noteCount }]
    }
    #expect(counts == [[13_807, 53_824], [4_602, 17_811], [4_725, 18_367]])
    let file = MIDIFile(rolls.test[0])
    #expect(try MIDIFile(parsing: file.bytes).pianoRoll().steps == rolls.test[0].steps)
  }
}
