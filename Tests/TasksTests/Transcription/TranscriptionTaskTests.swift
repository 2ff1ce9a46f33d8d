import Foundation
import TestSupport
import Testing
import Unroll

@Suite struct TranscriptionTaskTests {
  private func begin(
    _ recordings: ToneRecordings, _ transcripts: URL, run: String,
    _ settings: [String: String] = [:]
  ) throws -> TrainingRun<TranscriptionTask> {
    let basic = [
      "data.audio": recordings.audio.path, "data.transcripts": transcripts.path,
      "model.hidden": "16", "model.bidirectional": "true", "model.input_noise": "0.2",
      "model.dropout": "0.1", "train.batch": "8", "train.epochs": "8", "optimizer.lr": "0.02",
      "train.threads": "2", "features.deltas": "1",
    ]
    return try .begun(at: recordings.folder.file(run), basic, settings)
  }

  @discardableResult
  private func train(
    _ run: TrainingRun<TranscriptionTask>, stopAt update: Int = .max
  ) throws -> (score: Score?, warnings: [String]) {
    var (score, warnings): (Score?, [String]) = (nil, [])
    _ = try run.train(shouldStop: { run.update >= update }) {
      if case .validated(let report) = $0 { score = report.score }
      if case .warning(let text) = $0 { warnings.append(text) }
    }
    return (score, warnings)
  }

  /// Few recordings are learnt at a rate that rises far, and cepstra bear more noise than filters.
  @Test(arguments: [
    ([:], 0.5, 0.6, 0.005, "24.0e"), (["features.kind": "log-mel"], 0.3, 0.3, 0.005, "24.0e"),
    (["features.normalize": "false"], 0.5, 0, 0.005, "24.0e"),
    (["schedule.name": "step"], 0.5, 0.6, 0.002, "100"),
    (["train.epochs": "7"], 0, 0, 0.005, "2.1e"), (["train.updates": "7"], 0, 0, 0.002, "100"),
  ]) func settingsFollowFromTheRecordings(
    given: [String: String], dropout: Double, noise: Double, rate: Double, warmup: String
  ) throws {
    let recordings = try ToneRecordings()
    let data = [
      "data.audio": recordings.audio.path,
      "data.transcripts": try recordings.write(20, to: "train.tsv").path,
    ]
    let asked = try TranscriptionTask.schema.resolve(
      overrides: data.merging(given) { $1 }.map { SettingsOverride($0.key, text: $0.value) })
    let found = try SettledData<TranscriptionTask>(
      asked, isNew: true, in: .plan(at: recordings.folder.file("run"))
    ).resolved
    #expect(found["model.dropout"] == .number(dropout))
    #expect(found["model.input_noise"] == .number(noise))
    #expect(found["optimizer.lr"] == .number(rate))
    #expect("\(found["schedule.warmup"])".trimmingCharacters(in: ["\""]) == warmup)
    #expect(found["optimizer.name"] == .string(rate == 0.005 ? "adamw" : "adam"))
    #expect(found["optimizer.weight_decay"] == .number(rate == 0.005 ? 0.05 : 0))
  }

  @Test func learnsTonesAndTranscribesThem() throws {
    let recordings = try ToneRecordings()
    let transcripts = try recordings.write(160, to: "train.tsv")
    let run = try begin(recordings, transcripts, run: "run")
    let result = try train(run)
    #expect(result.warnings.isEmpty)
    #expect(try #require(result.score?["cer"]) < 0.02)

    let trained = try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    let evaluation = try trained.evaluate([recordings.audio, transcripts])
    #expect(try #require(evaluation.score["cer"]) < 0.02)
    #expect(evaluation.json["words"]?["reference"]?.integer == 160)
    #expect(evaluation.report.contains("words: "))

    try recordings.write("new.wav", "bcab", row: 9999)
    let path = recordings.audio.appendingPathComponent("new.wav").path
    func predict() throws -> Prediction {
      var lines = [path]
      var found: [Prediction] = []
      try trained.predict({ lines.isEmpty ? nil : lines.removeFirst() }, isReady: { true }) {
        found.append($0)
      }
      #expect(found.count == 1)
      return try #require(found.first)
    }
    #expect(try predict().text == "bcab")
    var options = DecodingOptions()
    options.beam = 8
    options.showsPath = true
    try trained.decode(options)
    let shown = try predict()
    let lines = shown.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 3 && lines[2] == "text    bcab")
    #expect(lines[0].hasPrefix("frames  ") && lines[1].hasPrefix("merged  "))
    #expect(lines[0].filter { $0 != "·" }.contains("b") && lines[1].contains("·"))
    #expect(lines[1].dropFirst(8).filter { $0 != "·" } == "bcab")
    #expect(shown.json["text"]?.string == "bcab")
    #expect(shown.json["path"]?.array?.count == lines[0].count - 8)
  }

  /// Many recordings are read side by side, and a bad one is named after those before it are answered.
  @Test func predictsInBatchesWhatItSaysOfEachAlone() throws {
    let recordings = try ToneRecordings()
    let transcripts = try recordings.write(24, to: "train.tsv")
    let run = try begin(recordings, transcripts, run: "run", ["train.epochs": "2"])
    try train(run)
    let trained = try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    let paths = (0..<24).map { recordings.audio.appendingPathComponent("\($0).wav").path }
    func predict(_ paths: [String], isReady: Bool) throws -> [String] {
      var (lines, found) = (paths[...], [String]())
      try trained.predict({ lines.popFirst() }, isReady: { isReady }) {
        found.append("\($0.json)")
      }
      return found
    }
    let alone = try predict(paths, isReady: false)
    #expect(try predict(paths, isReady: true) == alone && alone.count == 24)

    var (lines, found) = ([paths[0], paths[1], "/nowhere.wav", paths[2]][...], [String]())
    #expect(throws: UserError.self) {
      try trained.predict({ lines.popFirst() }, isReady: { true }) { found.append("\($0.json)") }
    }
    #expect(found == Array(alone[..<2]))
  }

  @Test func sameBitsAtAnyThreadCountAndAfterResuming() throws {
    let recordings = try ToneRecordings()
    let transcripts = try recordings.write(40, to: "train.tsv")
    let settings = ["train.epochs": "3", "train.save_every": "5"]
    let whole = try begin(recordings, transcripts, run: "whole", settings)
    try train(whole)
    let weights = whole.task.parameters.parameters.map(\.values)
    let one = try begin(
      recordings, transcripts, run: "one",
      settings.merging(["train.threads": "1"]) { $1 })
    try train(one)
    #expect(one.task.parameters.parameters.map(\.values) == weights)

    try train(try begin(recordings, transcripts, run: "cut", settings), stopAt: 7)
    let folder = try RunFolder.open(at: recordings.folder.file("cut"))
    let resumed = try TrainingRun<TranscriptionTask>.resumed(folder)
    #expect(resumed.update == 7)
    try train(resumed)
    #expect(resumed.task.parameters.parameters.map(\.values) == weights)

    // Other labels than the run began with.
    let text = try String(contentsOf: transcripts, encoding: .utf8)
    try recordings.folder.write(text.replacing("\ta", with: "\td"), to: "train.tsv")
    let error = #expect(throws: UserError.self) {
      try TrainingRun<TranscriptionTask>.resumed(folder)
    }
    #expect(error?.message.contains("the data has changed") == true)
  }

  @Test func recordingsTooShortForTheirLabelsAreNamed() throws {
    let recordings = try ToneRecordings()
    let transcripts = try recordings.write(20, to: "train.tsv")
    try recordings.write("short.wav", "a")
    let text = try String(contentsOf: transcripts, encoding: .utf8)
    let label = String(repeating: "ab", count: 20)
    let more = try recordings.folder.write(text + "short.wav\t\(label)\n", to: "more.tsv")
    let run = try begin(
      recordings, more, run: "run", ["train.epochs": "1", "data.valid_fraction": "0"])
    let warnings = try train(run).warnings
    #expect(warnings.count == 1)
    #expect(
      warnings.first?.hasPrefix(
        "1 of 21 recordings are too short for their labels and count as nothing: "
          + "'short.wav' (40 steps needed,") == true)
    let only = try recordings.folder.write("short.wav\t\(label)\n", to: "only.tsv")
    let error = #expect(throws: UserError.self) {
      try begin(
        recordings, only, run: "other", ["data.partial": "true", "data.valid_fraction": "0"])
    }
    #expect(error?.message == "all 1 recordings are too short for their labels")
  }

  private func message(
    _ recordings: ToneRecordings, _ text: String, _ settings: [String: String] = [:]
  ) throws -> String {
    let transcripts = try recordings.folder.write(text, to: "t.tsv")
    let error = #expect(throws: UserError.self) {
      try begin(recordings, transcripts, run: "run", settings)
    }
    return (error?.message ?? "").replacing(recordings.folder.url.path + "/", with: "")
  }

  @Test func refusesTranscriptsThatDoNotFit() throws {
    let recordings = try ToneRecordings()
    for name in ["x.wav", "y.wav", "z.wav"] { try recordings.write(name, "ab") }
    #expect(
      try message(recordings, "x.wav\ta\ny.wav ab\n")
        == "'t.tsv' line 2: found no tab, expected 'file<TAB>text'")
    #expect(try message(recordings, "\tab\n") == "'t.tsv' line 1: found no file before the tab")
    #expect(
      try message(recordings, "x.wav\ta\n\nx.wav\tb\n")
        == "'t.tsv' line 3: 'x.wav' has a transcript already, in line 1")
    #expect(
      try message(recordings, "x.wav\ta\nw.wav\tb\n")
        == "'t.tsv' line 2: there is no recording 'w.wav' in 'audio'")
    #expect(
      try message(recordings, "x.wav\ta\ny.wav\tb\n")
        == "the recording 'z.wav' in 'audio' has no transcript")
    #expect(
      try message(recordings, "x.wav\ta\n")
        == "2 recordings in 'audio' have no transcript: y.wav, z.wav")
    let all = "x.wav\ta\ny.wav\tb\nz.wav\tcab\n"
    #expect(
      try message(recordings, all, ["data.alphabet": "ab"])
        == "'t.tsv' line 3: the character 'c' is not in the alphabet 'ab'")
    #expect(
      try message(recordings, all, ["data.alphabet": "a b", "data.labels": "word"])
        == "'t.tsv' line 3: the word 'cab' is not in the alphabet 'a b'")
    let valid = try recordings.folder.write("z.wav\ta d\n", to: "v.tsv")
    #expect(
      try message(recordings, "x.wav\ta\ny.wav\tb\n", ["data.valid": valid.path])
        == "'v.tsv' line 1: the character ' ' is not in the alphabet 'ab'")
    #expect(
      try message(recordings, "x.wav\t\ny.wav\t \nz.wav\t\n")
        == "'t.tsv' says nothing: all texts are empty")
  }

  @Test func refusesRecordingsThatDoNotFit() throws {
    let recordings = try ToneRecordings()
    try recordings.write("x.wav", "ab")
    try recordings.write("y.wav", "ab", rate: 16000)
    let all = "x.wav\ta\ny.wav\tb\n"
    #expect(
      try message(recordings, all)
        == "'y.wav' has 16000 samples a second, but 'x.wav' has 8000")
    let y = recordings.audio.appendingPathComponent("y.wav")
    try Sound(sampleRate: 8000, samples: [0.1, 0.2]).write(to: y)
    #expect(
      try message(recordings, all) == "'y.wav' has 2 samples, expected at least 200, one frame")
    let bytes = try Data(contentsOf: recordings.audio.appendingPathComponent("x.wav"))
    try bytes.prefix(100).write(to: y)
    #expect(
      try message(recordings, all)
        == "'audio/y.wav': the chunk 'data' at byte 36 is cut short: found 56 of "
        + "\(bytes.count - 44) bytes")
  }

  @Test func alphabetsAreKeptAndChecked() throws {
    let alphabet = TranscriptAlphabet(
      unit: .character, labels: LabelSet(["a", "b"]), sampleRate: 8000)
    let folder = try TemporaryFolder()
    try alphabet.save(to: folder.file("alphabet.json"))
    #expect(try TranscriptAlphabet(contentsOf: folder.file("alphabet.json")) == alphabet)
    try folder.write("{\"unit\": \"char\"}", to: "alphabet.json")
    let error = #expect(throws: UserError.self) {
      try TranscriptAlphabet(contentsOf: folder.file("alphabet.json"))
    }
    #expect(error?.message.hasSuffix("expected unit, sample_rate and labels") == true)
  }

  /// Labels are the subwords' ids, and their file is the tokenizer's; a search may be guided by a language
  /// model of the same ones.
  @Test func subwordsAreLabels() throws {
    let recordings = try ToneRecordings()
    let transcripts = try recordings.write(40, to: "train.tsv")
    let run = try begin(
      recordings, transcripts, run: "run",
      ["data.labels": "bpe", "data.vocabulary_size": "262", "train.epochs": "1"])
    try train(run)
    let trained = try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let subwords = try #require(trained.alphabet.subwords)
    #expect(subwords.count == 262 && subwords == run.task.alphabet.subwords)
    let classes = try trained.alphabet.classes("abba c", place: "")
    #expect(classes == subwords.encode("abba c").map { $0 + 1 } && classes.count < 7)
    #expect(trained.alphabet.text(classes.map { Int($0) }) == "abba c")
    // Another tokenizer in its place.
    let file = run.folder.tokenizer(of: "labels")
    let other = try begin(
      recordings, transcripts, run: "other",
      ["data.labels": "bpe", "data.tokenizer": file.path, "train.epochs": "1"])
    #expect(other.task.alphabet.subwords == subwords)
    StandardTasks.register()
    let text = String(repeating: "abba c\ncab b\n", count: 60)
    let model = try languageModel(
      text, tokens: "bpe", "lm", in: recordings.folder, tokenizer: file.path)
    var options = DecodingOptions()
    options.beam = 4
    options.languageModel = model
    try trained.decode(options)
    options.languageModel = try languageModel(
      text, tokens: "bpe", "further", in: recordings.folder)
    let foreign = #expect(throws: UserError.self) { try trained.decode(options) }
    #expect(foreign?.message.contains("other subwords") == true)
    try FileManager.default.removeItem(at: file)
    let third = try begin(
      recordings, transcripts, run: "third",
      ["data.labels": "bpe", "data.vocabulary_size": "258", "train.epochs": "1"])
    try FileManager.default.copyItem(at: third.folder.tokenizer(of: "labels"), to: file)
    let error = #expect(throws: UserError.self) {
      try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    }
    #expect(error?.message.contains("other subwords") == true)
  }

  private func languageModel(
    _ text: String, tokens: String, _ name: String, in folder: TemporaryFolder,
    tokenizer: String = ""
  ) throws -> URL {
    let file = try folder.write(text, to: "\(name).txt")
    let settings = [
      "data.text": "[\"\(file.path)\"]", "data.tokens": tokens, "data.tokenizer": tokenizer,
      "data.valid_fraction": "0",
      "model.hidden": "16", "model.layers": "1", "model.embedding": "8", "train.batch": "4",
      "train.steps": "8", "train.epochs": "4", "optimizer.lr": "0.02", "train.threads": "1",
    ]
    let run = try TrainingRun<LanguageModelTask>(
      LanguageModelTask.schema.resolve(overrides: settings.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    _ = try run.train { _ in }
    return run.folder.url
  }

  /// A model of texts in which letters come twice makes a transcriber write them twice.
  @Test func aLanguageModelGuidesTheSearch() throws {
    StandardTasks.register()
    let recordings = try ToneRecordings()
    let folder = recordings.folder
    let transcripts = try recordings.write(40, to: "train.tsv")
    let run = try begin(recordings, transcripts, run: "run", ["train.epochs": "5"])
    try train(run)
    let trained = try TranscriptionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let plain = try trained.evaluate([recordings.audio, transcripts])
    let doubles = try languageModel(
      String(repeating: "aabb\nbbaa\nccaa\naacc\n", count: 100), tokens: "char", "doubles",
      in: folder)
    var options = DecodingOptions()
    options.beam = 8
    options.languageModel = doubles
    options.weight = 20
    try trained.decode(options)
    let guided = try trained.evaluate([recordings.audio, transcripts])
    #expect(try #require(guided.score["cer"]) > #require(plain.score["cer"]))
    #expect(guided.score.loss == plain.score.loss)
    options.weight = 0
    try trained.decode(options)
    let unguided = try trained.evaluate([recordings.audio, transcripts])
    options.languageModel = nil
    try trained.decode(options)
    #expect(try trained.evaluate([recordings.audio, transcripts]).score == unguided.score)

    func message(_ url: URL, beam: Int = 4) -> String? {
      var options = DecodingOptions()
      options.beam = beam
      options.languageModel = url
      let error = #expect(throws: UserError.self) { try trained.decode(options) }
      return error?.message.replacing(folder.url.path + "/", with: "")
    }
    #expect(
      message(doubles, beam: 0)
        == "a language model guides a search, but the best path was asked for")
    var bonus = DecodingOptions()
    (bonus.bonus, bonus.asked) = (1, ["--insertion-bonus"])
    expectUserError(saying: "--insertion-bonus weighs what a search finds") {
      try trained.decode(bonus)
    }
    let words = try languageModel(
      String(repeating: "a b c\n", count: 100), tokens: "word", "words", in: folder)
    #expect(
      message(words)
        == "'words' is a language model of word tokens, but the transcriber writes char labels")
    let lacking = try languageModel(
      String(repeating: "abba\n", count: 100), tokens: "char", "lacking", in: folder)
    #expect(message(lacking) == "the language model 'lacking' lacks the label 'c'")
    let endless = try languageModel(
      String(repeating: "abc", count: 100), tokens: "char", "endless", in: folder)
    #expect(message(endless) == "the language model 'endless' has no end of line")
    #expect(
      message(run.folder.url)
        == "'run' is a run of 'unroll train transcribe', expected a language model")
  }
}
