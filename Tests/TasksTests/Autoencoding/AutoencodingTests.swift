import Foundation
import TestSupport
import Testing
import Unroll

/// Autoencoders from files to vectors and back, on small languages that the tests make.
@Suite struct AutoencodingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: Learning

  /// Every sentence is a path of a grammar, most held-out ones never seen: nearly all come back.
  @Test(arguments: [
    [:],
    [
      "model.reversed": "true", "model.feed_code": "false", "model.bidirectional": "true",
      "model.cell": "gru",
    ],
    [
      "model.tie": "true", "model.embedding": "40", "model.init": "orthogonal",
      "train.epochs": "50",
    ],
    ["data.lowercase": "true", "train.word_dropout": "0.1", "train.epochs": "40"],
  ])
  func learnsSentences(options: [String: String]) throws {
    let trained = try train(
      ["data.text": sentences(0..<400).path, "train.epochs": "25"].merging(options) { $1 })
    let test = try sentences(400..<480, "test.txt")
    let score = try trained.evaluate([test]).score
    #expect(try #require(score["tokens_reconstructed"]) >= 0.95, "\(score.text)")

    let lines = ["the cat sees one bird", "", "a dog likes two fish"]
    #expect(try trained.predictions(lines).map(\.text) == lines)
  }

  @Test func learnsDocuments() throws {
    let trained = try train([
      "data.text": documents(0..<2000).path, "model.hierarchical": "true", "train.epochs": "25",
      "data.valid_fraction": "0.02", "model.cell": "gru", "model.init": "xavier",
      "model.hidden": "64", "model.code": "48", "train.batch": "32", "optimizer.lr": "0.005",
    ])
    let score = try trained.evaluate([documents(2000..<2060, "test.txt")]).score
    #expect(try #require(score["tokens_reconstructed"]) >= 0.95, "\(score.text)")
    let lines = ["the cat sees", "a dog likes", "", "", "two fish likes"]
    #expect(
      try trained.predictions(lines).map(\.text)
        == ["the cat sees\na dog likes\n", "two fish likes\n"])
    #expect(try trained.vector(ofQuery: "the cat sees\na dog likes").count == 1)
  }

  /// Two tones in either order: which, the vectors tell better than the mean of their frames.
  @Test(arguments: ["previous", "none"], [false, true])
  func learnsSegments(input: String, isReversed: Bool) throws {
    let recordings = try ToneRecordings()
    try write(recordings, 0..<80)
    let trained = try train(
      [
        "data.audio": recordings.audio.path, "model.decoder_input": input, "train.epochs": "20",
        "model.reversed": "\(isReversed)", "model.code": "8", "features.filters": "12",
        "features.coefficients": "6", "features.deltas": "0",
      ])
    let evaluation = try trained.evaluate([recordings.audio])
    let (map, baseline) = (
      evaluation.json["map"]?.number, evaluation.json["averaged_frames_map"]?.number
    )
    #expect(try #require(map) > 0.95, "\(evaluation.report)")
    #expect(try #require(baseline) < 0.8, "\(evaluation.report)")
    #expect(try #require(evaluation.score["mse"]) < 0.6, "\(evaluation.score.text)")

    let path = recordings.audio.appendingPathComponent("ab_0.wav").path
    let found = try trained.predictions([path])
    #expect(found.count == 1 && found[0].text.hasSuffix("\t" + path))
    #expect(try #require(found[0].json["mse"]?.number) < 1)
    #expect(throws: UserError.self) { try trained.vector(ofQuery: "missing.wav") }
  }

  /// A second network, which writes what the first one found to be near: it resumes exactly, and finds
  /// as well.
  @Test func writesPartners() throws {
    StandardTasks.register()
    let recordings = try ToneRecordings()
    try write(recordings, 0..<60)
    var options = [
      "data.audio": recordings.audio.path, "model.decoder_input": "none", "train.epochs": "12",
      "model.code": "8", "features.filters": "12", "features.coefficients": "6",
      "features.deltas": "0", "data.valid_fraction": "0",
    ]
    let first = try begin(options, "first")
    try first.train(stopAt: .max)
    options["data.partners"] = first.folder.url.path
    options["data.partner_count"] = "5"
    let trained = try train(options)
    let map = try trained.evaluate([recordings.audio]).json["map"]?.number
    #expect(try #require(map) > 0.95)

    options["train.threads"] = "1"
    let straight = try begin(options, "straight")
    try straight.train(stopAt: .max)
    let stopped = try begin(options, "stopped")
    #expect(try stopped.train(stopAt: 9) == .interrupted)
    #expect(
      try TrainingRun<AutoencodingTask>.resumed(stopped.folder, ["train.threads": "3"]).train(
        stopAt: .max) == .finished)
    try expectEqualTensors(straight.folder.model, stopped.folder.model)
  }

  @Test func labelsMayComeFromAFile() throws {
    let recordings = try ToneRecordings()
    try write(recordings, 0..<8)
    let trained = try train([
      "data.audio": recordings.audio.path, "train.epochs": "1", "model.code": "4",
    ])
    let lines = (0..<8).map { "\($0 % 2 == 0 ? "ab" : "ba")_\($0).wav\t\($0 < 4 ? "x" : "y")\n" }
    let labels = try folder.write(lines.joined(), to: "labels.tsv")
    #expect(try trained.evaluate([recordings.audio, labels]).json["queries"] == .integer(8))
    let short = try folder.write(lines.dropLast().joined(), to: "short.tsv")
    let error = try #require(throws: UserError.self) {
      try trained.evaluate([recordings.audio, short])
    }
    #expect(error.message.contains("no label for the recording 'ba_7.wav'"))
  }

  /// That of 0.1 says no format.
  @Test func whatRecordingsHaveInCommonSaysItsFormat() throws {
    let recordings = try ToneRecordings()
    try write(recordings, 0..<8)
    let trained = try begin([
      "data.audio": recordings.audio.path, "train.epochs": "1", "model.code": "4",
    ])
    try trained.train(stopAt: .max)
    let file = trained.folder.recordings
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text == "{\"format\":1,\"sample_rate\":8000}\n")
    func rewrite(_ format: String) throws {
      try text.replacing("\"format\":1,", with: format)
        .write(to: file, atomically: true, encoding: .utf8)
    }
    try rewrite("")
    _ = try AutoencodingTask.opened(in: trained.folder, team: WorkerTeam(count: 1))
    try rewrite("\"format\":99,")
    let error = #expect(throws: UserError.self) {
      try AutoencodingTask.opened(in: trained.folder, team: WorkerTeam(count: 1))
    }
    #expect(error?.message == "'\(file.relativePath)' has the format 99, expected at most 1")
  }

  // MARK: Vectors

  /// A sequence's vector depends neither on its neighbours nor on the number of threads.
  @Test(arguments: [false, true])
  func vectorsStandForThemselves(isHierarchical: Bool) throws {
    let url = try isHierarchical ? documents(0..<100) : sentences(0..<150)
    let run = try begin([
      "data.text": url.path, "model.hierarchical": "\(isHierarchical)", "train.updates": "5",
    ])
    try run.train(stopAt: .max)
    let all = try [1, 3].map {
      try AutoencodingTask.opened(in: run.folder, team: WorkerTeam(count: $0)).vectors(of: url)
    }
    #expect(all[0] == all[1])
    #expect(all[0].values.allSatisfy { $0.isFinite })
    let trained = try AutoencodingTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    if !isHierarchical {
      for index in [0, 77, 149] {
        #expect(try trained.vector(ofQuery: all[0].names[index])[0] == all[0][index])
      }
    }
    #expect(throws: UserError.self) { try trained.vector(ofQuery: " ") }
  }

  // MARK: Predictions

  /// What is read of a line does not depend on the lines it is read with, however long they are: a
  /// network that has learnt next to nothing writes up to its limit.
  @Test(arguments: ["text", "reversed", "documents", "audio"])
  func manyAreReadAsOneByOne(form: String) throws {
    let recordings = try ToneRecordings()
    var options = ["train.updates": "3", "model.reversed": "\(form == "reversed")"]
    var lines = (0..<70).map { index in (0...index % 7).map { sentence(index + $0) }.joined() }
    switch form {
    case "documents":
      options["data.text"] = try documents(0..<100).path
      options["model.hierarchical"] = "true"
      for index in lines.indices where index % 4 == 0 { lines[index] = "" }
    case "audio":
      try write(recordings, 0..<30)
      options["data.audio"] = recordings.audio.path
      options["model.reversed"] = "true"
      lines = (0..<30).map {
        recordings.audio.appendingPathComponent("\($0 % 2 == 0 ? "ab" : "ba")_\($0).wav").path
      }
    default:
      options["data.text"] = try sentences(0..<150).path
      lines[5] = " "
    }
    let trained = try train(options)
    let many = try trained.predictions(lines)
    let single = try trained.predictions(lines, atOnce: false)
    #expect(many.map(\.text) == single.map(\.text))
    #expect(many.map(\.json) == single.map(\.json))
    #expect(many.count > 15)
  }

  // MARK: Runs

  /// Stopped in the middle of an epoch, and continued with another number of threads: the best
  /// weights and all that a checkpoint holds are the same, bit for bit.
  @Test(arguments: ["text", "documents", "audio"])
  func resumingEqualsNeverStopping(form: String) throws {
    let recordings = try ToneRecordings()
    var options = [
      "train.updates": "20", "train.threads": "1", "model.input_dropout": "0.2",
      "model.dropout": "0.2", "model.layers": "2", "train.batch": "10",
    ]
    options[form == "audio" ? "model.input_noise" : "train.word_dropout"] = "0.2"
    switch form {
    case "text": options["data.text"] = try sentences(0..<100).path
    case "documents":
      options["data.text"] = try documents(0..<100).path
      options["model.hierarchical"] = "true"
    default:
      try write(recordings, 0..<60)
      options["data.audio"] = recordings.audio.path
    }
    let straight = try begin(options, "straight")
    try straight.train(stopAt: .max)
    let stopped = try begin(options, "stopped")
    #expect(try stopped.train(stopAt: 7) == .interrupted)
    #expect(
      try TrainingRun<AutoencodingTask>.resumed(stopped.folder, ["train.threads": "3"]).train(
        stopAt: 13) == .interrupted)
    #expect(
      try TrainingRun<AutoencodingTask>.resumed(stopped.folder, ["train.threads": "2"]).train(
        stopAt: .max) == .finished)
    try expectEqualTensors(
      straight.folder.checkpoint(update: 20), stopped.folder.checkpoint(update: 20))
    try expectEqualTensors(straight.folder.model, stopped.folder.model)
  }

  @Test func otherDataAreRefused() throws {
    let url = try sentences(0..<50)
    let run = try begin(["data.text": url.path, "train.updates": "2"])
    try run.train(stopAt: .max)
    let others = String(repeating: "another language of few words\n", count: 50)
    try folder.write(others, to: url.lastPathComponent)
    let error = try #require(throws: UserError.self) {
      try TrainingRun<AutoencodingTask>.resumed(run.folder, ["train.threads": "1"])
    }
    #expect(error.message.contains("the data has changed"))
  }

  @Test func longSentencesAndBlankLinesAreCounted() throws {
    let url = try folder.write("a b c\n\na b\nb c d e\n \nc\n", to: "long.txt")
    let run = try begin([
      "data.text": url.path, "data.longest": "3", "data.valid": url.path, "train.updates": "1",
    ])
    var (warnings, summary): ([String], String) = ([], "")
    _ = try run.train {
      if case .warning(let text) = $0 { warnings.append(text) }
      if case .started(let started) = $0 { summary = started.description }
    }
    #expect(warnings.count == 3)
    #expect(warnings[0].hasPrefix("2 blank lines"))
    #expect(warnings[1].hasPrefix("1 of 4 sentences in the training data have more than 3"))
    #expect(warnings[2].hasPrefix("1 of 4 sentences in the validation data have more than 3"))
    #expect(summary.contains("3 sentences of 2.0 tokens, 3 to validate on"))
    // What is measured is measured whole.
    let trained = try AutoencodingTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    #expect(try trained.evaluate([url]).json["sentences"] == .integer(4))
  }

  // MARK: Support

  /// `the cat sees one bird`: five places of three to six words each.
  private func sentence(_ index: Int) -> String {
    let random = RandomStream(seed: 2, purpose: .generator)
    let places = [
      ["the", "a", "one", "two"], ["cat", "dog", "fish", "bird", "cow", "man"],
      ["sees", "likes", "eats"], ["one", "two", "the"], ["cat", "dog", "fish", "bird"],
    ]
    let length = random.word(row: index, index: 9) % 4 == 0 ? 3 : 5
    return places.prefix(length).enumerated().map { place, words in
      words[Int(random.word(row: index, index: place) % UInt32(words.count))]
    }.joined(separator: " ")
  }

  private func sentences(_ range: Range<Int>, _ name: String = "train.txt") throws -> URL {
    try folder.write(range.map { sentence($0) + "\n" }.joined(), to: name)
  }

  /// One to three sentences of two or three words each.
  private func documents(_ range: Range<Int>, _ name: String = "train.txt") throws -> URL {
    let texts = range.map { index in
      (0...index % 3).map { place in
        let words = sentence(7 * index + place).split(separator: " ")
        return words.prefix(2 + index % 2).joined(separator: " ") + "\n"
      }.joined()
    }
    return try folder.write(texts.joined(separator: "\n"), to: name)
  }

  /// Files `ab_0.wav`, `ba_1.wav`, ….
  private func write(_ recordings: ToneRecordings, _ range: Range<Int>) throws {
    for index in range {
      let text = index % 2 == 0 ? "ab" : "ba"
      try recordings.write("\(text)_\(index).wav", text, row: index)
    }
  }

  private func configuration(_ more: [String: String]) throws -> ResolvedSettings {
    let base = [
      "model.hidden": "48", "model.embedding": "16", "model.code": "32", "train.batch": "16",
      "train.threads": "2", "optimizer.lr": "0.01", "schedule.name": "cosine",
    ]
    return try AutoencodingTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) })
  }

  private func train(_ options: [String: String]) throws -> AutoencodingTask {
    let run = try begin(options)
    try run.train(stopAt: .max)
    return try AutoencodingTask.opened(in: run.folder, team: WorkerTeam(count: 2))
  }

  private func begin(
    _ options: [String: String], _ name: String = "run"
  ) throws -> TrainingRun<AutoencodingTask> {
    let run = try TrainingRun<AutoencodingTask>(
      configuration(options), folder: RunFolder.plan(at: folder.file(name), overwrite: true))
    try run.begin(overwrite: true)
    return run
  }
}
