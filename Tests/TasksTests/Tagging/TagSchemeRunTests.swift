import Foundation
import TestSupport
import Testing
import Unroll

/// What becomes of the tags of a file on their way through a run.
@Suite struct TagSchemeRunTests {
  private func begin(
    _ text: String, _ folder: TemporaryFolder, _ settings: [String: String] = [:],
    run name: String = "run"
  ) throws -> TrainingRun<TaggingTask> {
    let basic = [
      "data.train": try folder.write(text, to: "train.conll").path, "model.hidden": "8",
      "model.embedding": "4", "train.threads": "1", "train.updates": "2", "model.head": "crf",
      "data.valid_fraction": "0",
    ]
    let run = try TrainingRun<TaggingTask>(
      TaggingTask.schema.resolve(
        overrides: basic.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    return run
  }

  /// Those that the model chooses from.
  private func tags(_ run: TrainingRun<TaggingTask>) throws -> [String] {
    let json = try JSONValue(parsing: String(contentsOf: run.folder.tags, encoding: .utf8))
    return json["tags"]?.array?.compactMap(\.string) ?? []
  }

  private func warnings(_ run: TrainingRun<TaggingTask>) throws -> [String] {
    var warnings: [String] = []
    _ = try run.train { if case .warning(let text) = $0 { warnings.append(text) } }
    return warnings
  }

  /// Each with two strays, which are told with place and count, and refused where nothing may be amiss.
  @Test(arguments: TagScheme.allCases.filter { $0 != .bmes }, ["o", "0", "X"])
  func straysDoNotHideTheScheme(scheme: TagScheme, stray: String) throws {
    let folder = try TemporaryFolder()
    let spans = [TagSpan(type: "PER", tokens: 0..<3), TagSpan(type: "LOC", tokens: 4..<5)]
    let good = zip(["a", "b", "c", "d", "e", "f"], scheme.tags(spans, count: 6))
      .map { "\($0) \($1)\n" }.joined()
    let text = String(repeating: good + "\n", count: 9) + "x \(stray)\n\nx O\ny \(stray)\n\n" + good
    let run = try begin(text, folder)
    #expect(run.task.summary.contains("(\(scheme.rawValue))"))
    #expect(try !tags(run).contains(stray))
    let path = folder.file("train.conll").path
    #expect(
      try warnings(run) == [
        "2 of 63 tags break \(scheme.rawValue.uppercased()) and were repaired, the first at "
          + "'\(path)' line 64: '\(stray)' at the start of a sentence, expected 'O'"
      ])
    #expect(
      try TaggingTask.open(run.folder.url).evaluate([folder.file("train.conll")]).score["f1"] != nil
    )
    let error = #expect(throws: UserError.self) {
      try begin(text, folder, ["data.strict": "true"], run: "strict")
    }
    #expect(error?.message.contains("line 64: the tag '\(stray)'") == true)
    // Asked for, tags are labels of words.
    let plain = try begin(text, folder, ["data.scheme": "none"], run: "plain")
    #expect(try tags(plain).contains(stray))
    #expect(!plain.task.summary.contains("tags ("))
  }

  /// Words of characters: letters alone, no token outside.
  @Test func lettersAloneAreSpans() throws {
    let folder = try TemporaryFolder()
    let text = String(repeating: "今 B\n天 E\n好 S\n\n图 B\n书 M\n馆 E\n\n", count: 6)
    let run = try begin(text, folder, ["train.updates": "60", "optimizer.lr": "0.05"])
    #expect(run.task.summary.contains("4 tags (bmes)"))
    #expect(try warnings(run).isEmpty)
    let tagger = try TaggingTask.open(run.folder.url)
    #expect(try tagger.predictions(["图 书 馆", "今 天 好"]).map(\.text) == ["B M E", "B E S"])
    #expect(try tagger.evaluate([folder.file("train.conll")]).score["f1"] == 1)
  }

  @Test func lookalikesAreTold() throws {
    let folder = try TemporaryFolder()
    let run = try begin(String(repeating: "a b-PER\nb i-PER\nc o\n\n", count: 3), folder)
    let found = try warnings(run)
    #expect(found.count == 1)
    #expect(found[0].contains("labels of single words: 'b-PER' would have to be 'B-PER'"))
  }

  @Test func commentsAreCounted() throws {
    let folder = try TemporaryFolder()
    let run = try begin("# id 1\tdomain=a\nrome B-LOC\n\n# text = x\nb O\n", folder)
    #expect(
      try warnings(run).contains { $0.contains("2 lines of ") && $0.contains("begin with #") })
    #expect(try !Vocabulary(contentsOf: run.folder.vocabulary).tokens.contains("#"))
  }
}
