import Foundation
import Measures
import TestSupport
import Testing
import Unroll

/// Tagging from files to a trained model, on a small language that the tests generate.
@Suite struct TaggingTests {
  // MARK: Learning

  /// What each head, with everything it can read, makes of a language that can be known exactly.
  @Test(arguments: [
    ("softmax", ["model.bidirectional": "true"]),
    ("crf", ["model.bidirectional": "true", "data.learn": "iobes"]),
    ("sigmoid", ["model.bidirectional": "true", "model.window": "1"]),
    ("softmax", ["model.cell": "jordan", "model.window": "2"]),
  ])
  func learns(head: String, options: [String: String]) throws {
    let folder = try TemporaryFolder()
    let tagger = try train(folder, options.merging(["model.head": head]) { $1 })
    let url = try folder.write(TaggingGrammar.columns(300..<400), to: "test.conll")
    let score = try tagger.evaluate([url]).score
    let f1 = try #require(score["f1"])
    #expect(f1 >= 0.99, "\(score.text)")
  }

  /// Places that were never seen are known by their endings, and sentences by their first word.
  @Test func learnsCharactersFeaturesAndIntents() throws {
    let folder = try TemporaryFolder()
    let options = [
      "model.characters": "12", "model.character_embedding": "8", "data.min_count": "3",
      "model.bidirectional": "true", "model.head": "crf", "data.intent": "true",
    ]
    try folder.write(TaggingGrammar.utterances(0..<300), to: "train.txt")
    let tagger = try train(
      folder, options.merging(["data.train": folder.file("train.txt").path]) { $1 })
    let url = try folder.write(TaggingGrammar.utterances(300..<400), to: "test.txt")
    let evaluation = try tagger.evaluate([url])
    #expect(try #require(evaluation.score["f1"]) >= 0.99, "\(evaluation.score.text)")
    #expect(evaluation.score["intent_accuracy"] == 1)
    #expect(evaluation.report.contains("FB1"))

    let predictions = try tagger.predictions([
      "show to belcorton from new isburg friday night", "", "when from new",
    ])
    #expect(
      predictions.map(\.text) == [
        "O O B-to O B-from I-from B-day I-day\tlist", "", predictions[2].text,
      ])
    let json = predictions[0].json
    #expect(json["intent"] == .string("list"))
    guard case .array(let spans) = json["spans"], spans.count == 3 else {
      Issue.record("\(json)")
      return
    }
    #expect(
      "\(spans[1])" == #"{"type":"from","start":4,"end":6,"text":"new isburg"}"#, "\(spans[1])")
  }

  /// Files in one scheme, a model in another: what comes out is written as the files are.
  @Test(arguments: TagScheme.allCases)
  func writesTagsAsTheFilesDo(scheme: TagScheme) throws {
    let folder = try TemporaryFolder()
    let corpus = try TaggedCorpus.read(
      folder.write(TaggingGrammar.columns(0..<300), to: "iob2.conll"))
    let converted = corpus.sentences.map { sentence in
      (sentence.words, tags: TagNotation(.iob2).converted(sentence.tags, to: scheme))
    }
    let text = converted.map { zip($0, $1).map { "\($0) \($1)\n" }.joined() }
      .joined(separator: "\n")
    let url = try folder.write(text, to: "\(scheme).conll")
    let tagger = try train(
      folder,
      [
        "data.train": url.path, "data.learn": "iobes",
        "model.bidirectional": "true", "model.head": "crf",
      ])
    tagger.readColumns()
    let (words, tags) = try #require(
      converted.first { $0.tags.count { $0.hasSuffix("-from") } == 2 })
    let predicted = try tagger.predictions(words + [""]).map(\.text)
    #expect(predicted == [zip(words, tags).map { "\($0) \($1)\n" }.joined()])
  }

  /// What is said of a sentence does not depend on those that came with it.
  @Test(arguments: ["softmax", "crf"])
  func sentencesDoNotKnowEachOther(head: String) throws {
    let folder = try TemporaryFolder()
    let tagger = try train(
      folder, ["model.head": head, "model.characters": "5", "train.updates": "20"])
    let lines = (300..<340).map { TaggingGrammar.sentence($0).words.joined(separator: " ") }
    let together = try tagger.predictions(lines + [""])
    #expect(
      together.map(\.text) == (try tagger.predictions(lines + [""], atOnce: false).map(\.text)))
    #expect(together.count == 41 && together[40].text == "")
    // The file's tags, not those of the model, say what is right.
    let url = try folder.write(TaggingGrammar.columns(300..<340), to: "test.conll")
    let truth = (300..<340).flatMap { TaggingGrammar.sentence($0).tags }
    let right = zip(truth, together.flatMap { $0.text.split(separator: " ") }).count { $0 == $1 }
    let evaluation = try tagger.evaluate([url])
    let accuracy = try #require(evaluation.score["accuracy"])
    #expect(accuracy == Double(right) / Double(truth.count))
    let confusion = try #require(evaluation.confusion)
    let diagonal = confusion.classes.indices.map { confusion[$0, $0] }.reduce(0, +)
    #expect(diagonal == right && confusion.exampleCount == truth.count)
    #expect(Set(confusion.classes).isSuperset(of: truth))
  }

  /// What columns a model reads beside the word has to be there.
  @Test func featuresAreReadFromColumns() throws {
    let folder = try TemporaryFolder()
    let tagger = try train(folder, ["data.features": "2", "train.updates": "3"])
    #expect(
      try tagger.predictions(["from P", "", "", "to P"]).map { $0.text.count(where: \.isNewline) }
        == [1, 0, 0])
    let error = try #require(throws: UserError.self) { try tagger.predictions(["from"]) }
    #expect(error.message == "standard input line 1: found 1 column, expected at least 2")
    let ragged = try #require(throws: UserError.self) { try tagger.predictions(["from P", "to"]) }
    #expect(ragged.message.hasPrefix("standard input line 2: found 1 column, expected 2"))
  }

  /// Tags that were never trained are wrong, and told; a strict tagger refuses them.
  @Test func unknownTagsAreWrong() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("from P O\nhere N B-moon\n", to: "test.conll")
    let evaluation = try train(folder, ["train.updates": "3"]).evaluate([url])
    #expect(evaluation.json["unknown_tags"] == .integer(1))
    #expect(
      evaluation.report.hasPrefix(
        "warning: 1 tag was never trained and can only be wrong, the first 'B-moon' at "
          + "'\(url.path)' line 2\n"))
    let strict = try train(folder, ["train.updates": "3", "data.strict": "true"], "strict")
    let error = try #require(throws: UserError.self) { try strict.evaluate([url]) }
    #expect(error.message.contains("line 2: unknown label 'B-moon'"))
  }

  /// Outside vectors take the place of random ones; words without keep theirs.
  @Test func beginsWithWordVectors() throws {
    let folder = try TemporaryFolder()
    let numbers = (0..<16).map { "0.\($0 + 10)" }.joined(separator: " ")
    let url = try folder.write("from \(numbers)\n", to: "vectors.txt")
    let run = try TrainingRun<TaggingTask>(
      Self.settings(try data(in: folder), ["data.embeddings": url.path]),
      folder: RunFolder.plan(at: folder.file("run")))
    try run.begin()
    let table = try #require(run.task.parameters.parameter(named: "embedding.weight"))
    let rows = stride(from: 0, to: table.count, by: 16).map {
      Array(table.values[$0..<$0 + 16])
    }
    #expect(rows.count { $0 == (0..<16).map { Float("0.\($0 + 10)") } } == 1)
    #expect(run.task.summary.contains("vectors for 1 of"))
    #expect(run.task.summary.contains("and 0 others"))
  }

  // MARK: Runs

  /// Stopped in the middle of an epoch, and continued with another number of threads: the best
  /// weights and all that a checkpoint holds are the same, bit for bit.
  @Test(arguments: ["softmax", "crf", "sigmoid"])
  func resumingEqualsNeverStopping(head: String) throws {
    let folder = try TemporaryFolder()
    let settings = try Self.settings(
      try data(in: folder),
      [
        "model.head": head, "model.characters": "5", "data.features": "2", "train.updates": "30",
        "train.threads": "1", "model.input_dropout": "0.2", "model.dropout": "0.2",
      ])
    let straight = try RunFolder.plan(at: folder.file("straight"))
    try begin(settings, straight).train(stopAt: .max)
    let stopped = try RunFolder.plan(at: folder.file("stopped"))
    #expect(try begin(settings, stopped).train(stopAt: 9) == .interrupted)
    #expect(
      try TrainingRun<TaggingTask>.resumed(stopped, ["train.threads": "3"]).train(stopAt: 17)
        == .interrupted)
    #expect(
      try TrainingRun<TaggingTask>.resumed(stopped, ["train.threads": "2"]).train(stopAt: .max)
        == .finished)
    try expectEqualTensors(straight.checkpoint(update: 30), stopped.checkpoint(update: 30))
    try expectEqualTensors(straight.model, stopped.model)
  }

  @Test func otherDataAreRefused() throws {
    let folder = try TemporaryFolder()
    let url = try data(in: folder)
    let run = try begin(
      Self.settings(url, ["train.updates": "3"]), RunFolder.plan(at: folder.file("run")))
    try run.train(stopAt: .max)
    try folder.write("another JJ O\n\n" + TaggingGrammar.columns(0..<300), to: "train.conll")
    let error = try #require(throws: UserError.self) {
      try TrainingRun<TaggingTask>.resumed(run.folder, ["train.threads": "1"])
    }
    #expect(error.message.contains("the data has changed"))
  }

  /// More sentences than a thread takes at a time, some with a tag that is in one of the files only.
  @Test func examplesDoNotDependOnThreads() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write(TaggingGrammar.columns(0..<9_000), to: "large.conll")
    let stray = TaggingGrammar.columns(9_000..<17_000) + "from P O\nhere N B-moon\n\n"
    let valid = try folder.write(
      stray + TaggingGrammar.columns(100..<5_000) + stray, to: "valid.conll")
    let made = try [1, 3].map { threads in
      let run = try begin(
        Self.settings(
          url,
          [
            "data.valid": valid.path, "data.features": "2", "data.learn": "iobes",
            "model.characters": "4", "model.character_embedding": "3", "model.hidden": "5",
            "model.embedding": "6", "train.threads": "\(threads)", "train.updates": "3",
            "train.epochs": "1", "train.word_dropout": "0.5",
          ]), .plan(at: folder.file("run-\(threads)")))
      var warnings: [String] = []
      _ = try run.train(shouldStop: { false }) {
        if case .warning(let text) = $0 { warnings.append(text) }
      }
      let files = try [
        "model.safetensors", "vocabulary.json", "vocabulary-feature-0.json", "tags.json",
      ].map {
        try Data(contentsOf: folder.file("run-\(threads)/\($0)"))
      }
      return (files, warnings)
    }
    #expect(made[0].0 == made[1].0)
    #expect(made[0].1 == made[1].1)
    #expect(made[0].1.contains { $0.hasPrefix("2 tags were never trained") }, "\(made[0].1)")
  }

  // MARK: Support

  private func data(in folder: TemporaryFolder) throws -> URL {
    try folder.write(TaggingGrammar.columns(0..<300), to: "train.conll")
  }

  private static func settings(
    _ url: URL, _ more: [String: String]
  ) throws -> ResolvedSettings {
    let base = [
      "data.train": url.path, "model.hidden": "24", "model.embedding": "16", "train.batch": "10",
      "train.epochs": "12", "train.threads": "2", "optimizer.lr": "0.01",
    ]
    return try TaggingTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) })
  }

  private func train(
    _ folder: TemporaryFolder, _ options: [String: String], _ name: String = "run"
  ) throws -> TaggingTask {
    let run = try begin(
      Self.settings(data(in: folder), options), RunFolder.plan(at: folder.file(name)))
    try run.train(stopAt: .max)
    return try TaggingTask.opened(in: run.folder, team: WorkerTeam(count: 2))
  }

  private func begin(
    _ settings: ResolvedSettings, _ folder: RunFolder
  ) throws -> TrainingRun<TaggingTask> {
    let run = try TrainingRun<TaggingTask>(settings, folder: folder)
    try run.begin()
    return run
  }
}
