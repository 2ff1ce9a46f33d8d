import Foundation
import TestSupport
import Testing
import Unroll

/// A language in which every word has one translation and sentences are turned around.
private struct TurnedLanguage {
  let folder: TemporaryFolder
  static let words = [
    "un": "one", "deux": "two", "trois": "three", "quatre": "four", "cinq": "five",
  ]

  init() throws { folder = try TemporaryFolder() }

  static func pair(_ index: Int, longest: Int = 4) -> (source: String, target: String) {
    let random = RandomStream(seed: 5, purpose: .generator)
    let names = words.keys.sorted()
    let count = 1 + Int(random.word(row: index, index: 0)) % longest
    let source = (0..<count).map {
      names[Int(random.word(row: index, index: $0 + 1)) % names.count]
    }
    return (
      source.joined(separator: " ") + ".",
      source.reversed().compactMap { words[$0] }.joined(separator: " ") + "."
    )
  }

  func write(_ range: Range<Int>, to name: String) throws -> URL {
    try folder.write(
      range.map { Self.pair($0) }.map { "\($0.source)\t\($0.target)\tattribution\n" }.joined(),
      to: name)
  }

  func begin(
    _ pairs: URL, run: String, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<TranslationTask> {
    let basic = [
      "data.pairs": pairs.path, "data.valid_fraction": "0.1", "model.hidden": "24",
      "model.embedding": "16", "model.bidirectional": "true", "train.batch": "16",
      "train.epochs": "12", "optimizer.lr": "0.01", "train.threads": "2",
    ]
    let resolved = try TranslationTask.schema.resolve(
      overrides: basic.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) })
    let training = try TrainingRun<TranslationTask>(resolved, folder: .plan(at: folder.file(run)))
    try training.begin()
    return training
  }
}

@Suite struct TranslationTaskTests {
  /// More pairs than a thread takes at a time, some of which are left out.
  @Test func examplesDoNotDependOnThreads() throws {
    let language = try TurnedLanguage()
    let folder = language.folder
    let pairs = try folder.write(
      (0..<9_000).map { TurnedLanguage.pair($0) }.map { "\($0.source)\t\($0.target)\n" }.joined(),
      to: "pairs.tsv")
    let made = try [1, 3].map { threads in
      let run = try language.begin(
        pairs, run: "run-\(threads)",
        [
          "data.max_length": "4", "train.threads": "\(threads)", "train.updates": "3",
          "train.epochs": "1", "model.output": "nce",
          "model.negatives": "3",
        ])
      try run.train(shouldStop: { false }) { _ in }
      return try ["model.safetensors", "vocabulary-source.json", "vocabulary-target.json"].map {
        try Data(contentsOf: folder.file("run-\(threads)/\($0)"))
      }
    }
    #expect(made[0] == made[1])
  }

  @discardableResult
  private func train(
    _ run: TrainingRun<TranslationTask>, stopAt update: Int = .max
  ) throws -> (score: Score?, warnings: [String]) {
    var (score, warnings): (Score?, [String]) = (nil, [])
    _ = try run.train(shouldStop: { run.update >= update }) {
      if case .validated(let report) = $0 { score = report.score }
      if case .warning(let text) = $0 { warnings.append(text) }
    }
    return (score, warnings)
  }

  private func open(_ folder: RunFolder, threads: Int = 1) throws -> TranslationTask {
    try .opened(in: folder, team: WorkerTeam(count: threads))
  }

  @Test func learnsToTranslate() throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<800, to: "pairs.tsv")
    let run = try language.begin(pairs, run: "run")
    #expect(run.task.summary.contains("words to"))
    #expect(try #require(train(run).score).loss < 0.05)

    let trained = try open(run.folder, threads: 2)
    let test = try language.write(1000..<1200, to: "test.tsv")
    let evaluation = try trained.evaluate([test])
    #expect(try #require(evaluation.score["exact"]) > 0.97)
    #expect(try #require(evaluation.score["bleu"]) > 97)
    #expect(try #require(evaluation.score["chrf"]) > 97)
    #expect(evaluation.score.count == 200)
    #expect(evaluation.report.contains("sources of 1 to 5 words: BLEU"))
    #expect(!evaluation.report.contains("11 words or more"), "there are none")
    #expect(evaluation.report.contains("tok:13a|smooth:exp"))
    // Two files, and a beam.
    var options = DecodingOptions()
    options.beam = 4
    try trained.decode(options)
    let sides = [
      try language.folder.write("un deux.\n\ntrois.\n", to: "s.txt"),
      try language.folder.write("two one.\n\nthree.\n", to: "t.txt"),
    ]
    #expect(try trained.evaluate(sides).score["exact"] == 1)

    let plain = try trained.predictions(["Un deux quatre.", "", "deux"])
    #expect(plain.map(\.text).prefix(2) == ["four two one.", ""])
    #expect(plain[0].json["translation"]?.string == "four two one.")
    #expect(plain[1].json["translation"]?.string == "")
    options.count = 3
    options.showsAlignment = true
    options.plot = language.folder.file("plot.svg")
    try trained.decode(options)
    let shown = try trained.predictions(["un deux quatre."])[0]
    let lines = shown.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("1\t") && lines[0].hasSuffix("\tfour two one."))
    #expect(lines[1] == "\tun\tdeux\tquatre\t.")
    #expect(lines[2].hasPrefix("four\t") && lines[6].hasPrefix("</s>\t"))
    #expect(shown.json["n_best"]?.array?.count == 3)
    let alignment = try #require(shown.json["alignment"]?.array)
    #expect(alignment.count == 5)
    for row in alignment {
      let weights = try #require(row.array).compactMap(\.number)
      #expect(weights.count == 4 && abs(weights.reduce(0, +) - 1) < 1e-4)
    }
    let svg = try String(contentsOf: language.folder.file("plot.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg ") && svg.contains(">quatre</text>"))
    #expect(svg.components(separatedBy: "<rect ").count == 1 + 4 * 5)
  }

  /// Of outputs that are not learnt by a softmax over all words the exact one is measured and searched.
  @Test(arguments: ["adaptive", "sampled", "nce", "hierarchical"])
  func everyOutputLearnsToTranslate(output: String) throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<600, to: "pairs.tsv")
    let run = try language.begin(
      pairs, run: "run", ["model.output": output, "model.negatives": "4"])
    try train(run)
    let trained = try open(run.folder, threads: 2)
    let test = try language.write(1000..<1100, to: "test.tsv")
    #expect(try #require(trained.evaluate([test]).score["exact"]) > 0.9)
    var options = DecodingOptions()
    options.beam = 3
    options.count = 3
    try trained.decode(options)
    #expect(try #require(trained.evaluate([test]).score["exact"]) > 0.9)
    let found = try trained.predictions(["un deux quatre."])[0].json["n_best"]?.array ?? []
    // Probabilities: of different targets together not more than all.
    let sum = found.compactMap { $0["log_probability"]?.number }.reduce(0) { $0 + exp($1) }
    #expect(found.count == 3 && sum < 1 + 1e-4)
  }

  /// Scheduled sampling begins with none and grows with the share of the training that is done.
  @Test func scheduledSamplingGrows() throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<60, to: "pairs.tsv")
    /// The loss of one minibatch on untrained weights, after so many of 100 updates.
    func loss(_ sampling: String, update: Int) throws -> Double {
      let run = try language.begin(
        pairs, run: "run-\(sampling)-\(update)", ["train.scheduled_sampling": sampling])
      let examples = try run.task.examples(run.task.read([pairs]))
      let tape = Tape<Float>(workers: 1)
      tape.begin(training: true)
      let minibatch = run.task.record(
        examples, rows: Array(0..<examples.count),
        UpdateProgress(update: update, totalUpdates: 100),
        on: tape)
      WorkerTeam(count: 1).run { tape.forward($0) }
      return minibatch.loss
    }
    // Stepwise like the others, and next to never sampling.
    let never = try loss("1e-9", update: 100)
    #expect(try loss("0.9", update: 0) == never)
    let (half, all) = (try loss("0.9", update: 50), try loss("0.9", update: 100))
    #expect(half != never && all != never && half != all)
  }

  /// More lines than are gathered at once, of different lengths and some of nothing.
  @Test(arguments: [
    ["model.attention": "general"],
    ["model.attention": "additive", "model.input_feeding": "true", "model.reverse_source": "true"],
  ])
  func translatesManyAsOneByOne(settings: [String: String]) throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<150, to: "pairs.tsv")
    let run = try language.begin(
      pairs, run: "run", settings.merging(["train.epochs": "2"]) { $1 })
    try train(run)
    let lines = (0..<150).map { $0 % 7 == 3 ? " " : TurnedLanguage.pair($0, longest: 9).source }
    let trained = try open(run.folder, threads: 3)
    for beam in [0, 3] {
      var options = DecodingOptions()
      (options.beam, options.count, options.showsAlignment) = (beam, max(1, beam - 1), true)
      options.plot = language.folder.file("plot.svg")
      try trained.decode(options)
      func shown(atOnce: Bool) throws -> (texts: [String], json: [String], plot: Data) {
        let found = try trained.predictions(lines + [""], atOnce: atOnce)
        return (
          found.map(\.text), found.map(\.json.description),
          try Data(contentsOf: language.folder.file("plot.svg"))
        )
      }
      let (many, single) = (try shown(atOnce: true), try shown(atOnce: false))
      #expect(many.texts.count == lines.count + 1)
      #expect(
        many.texts.indices.filter { many.texts[$0].isEmpty }.count == lines.count { $0 == " " } + 1)
      #expect(many == single)
    }
  }

  /// Every way to read a text and to tie weights, with the files that go with it.
  @Test(arguments: [
    ["data.tokens": "char", "model.attention": "none", "model.reverse_source": "true"],
    [
      "data.tokens": "bpe", "data.vocab_size": "270", "data.share_vocabulary": "true",
      "model.tie": "all", "model.attention": "additive", "model.coverage": "0.5",
    ],
    [
      "data.source_tokens": "char", "data.min_count": "2", "model.tie": "decoder",
      "model.input_feeding": "true", "model.reverse_source": "true", "model.layers": "2",
    ],
    [
      "data.target_tokens": "bpe", "data.vocab_size": "265", "model.attention": "dot",
      "model.decoder_hidden": "48", "data.swap": "true", "train.batch_tokens": "60",
    ],
  ])
  func opensWhatItWrote(settings: [String: String]) throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<150, to: "pairs.tsv")
    let run = try language.begin(
      pairs, run: "run", settings.merging(["train.epochs": "2"]) { $1 })
    let score = try #require(train(run).score)
    let trained = try open(run.folder)
    let evaluation = try trained.evaluate([pairs])
    #expect(evaluation.score.loss < 4 && score.loss < 4)
    #expect(try trained.predictions(["un deux.", "zéro ?"]).count == 2)
    let names = try language.folder.names(in: "run")
    let isShared = settings["data.share_vocabulary"] == "true"
    let hasSubwords = settings["data.tokens"] == "bpe" || settings["data.target_tokens"] == "bpe"
    #expect(names.contains("tokenizer-target.json") == hasSubwords)
    #expect(names.contains("vocabulary-source.json") == !isShared)
    // A finished run can be replaced, with all its files.
    _ = try RunFolder.create(at: run.folder.url, overwrite: true)
    #expect(try language.folder.names(in: "run").isEmpty)
    if hasSubwords {
      // A tokenizer from elsewhere.
      var trainer = try SubwordTrainer(.init(vocabularySize: 280))
      trainer.add("one two three four five")
      let file = language.folder.file("given.json")
      try trainer.train().save(to: file)
      let other = try language.begin(
        pairs, run: "other",
        settings.merging(["train.epochs": "1", "data.tokenizer": file.path]) { $1 })
      let name = other.folder.url.appendingPathComponent("tokenizer-target.json")
      #expect(try SubwordTokenizer(contentsOf: name) == SubwordTokenizer(contentsOf: file))
    }
  }

  @Test(arguments: [
    ["model.attention": "general", "train.batch_tokens": "80", "model.dropout": "0.2"],
    [
      "model.attention": "additive", "model.input_feeding": "true", "model.dropout": "0.2",
      "train.scheduled_sampling": "0.5", "model.tie": "decoder",
    ],
  ])
  func sameBitsAtAnyThreadCountAndAfterResuming(settings: [String: String]) throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<120, to: "pairs.tsv")
    let settings = settings.merging(["train.epochs": "3", "train.save_every": "5"]) { $1 }
    let whole = try language.begin(pairs, run: "whole", settings)
    try train(whole)
    let weights = whole.task.parameters.parameters.map(\.values)
    for threads in ["1", "3"] {
      let other = try language.begin(
        pairs, run: threads, settings.merging(["train.threads": threads]) { $1 })
      try train(other)
      #expect(other.task.parameters.parameters.map(\.values) == weights, "\(threads) threads")
    }

    try train(try language.begin(pairs, run: "cut", settings), stopAt: 7)
    let folder = try RunFolder.open(at: language.folder.file("cut"))
    let resumed = try TrainingRun<TranslationTask>.resumed(folder)
    #expect(resumed.update == 7)
    try train(resumed)
    #expect(resumed.task.parameters.parameters.map(\.values) == weights)

    // Other words than the run began with.
    let text = try String(contentsOf: pairs, encoding: .utf8)
    try language.folder.write(text.replacing("un", with: "six"), to: "pairs.tsv")
    let error = #expect(throws: UserError.self) {
      try TrainingRun<TranslationTask>.resumed(folder)
    }
    #expect(error?.message.contains("the data has changed") == true)
  }

  @Test func longPairsAreLeftOut() throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<100, to: "pairs.tsv")
    let run = try language.begin(
      pairs, run: "run",
      ["data.max_length": "3", "data.valid_fraction": "0", "train.epochs": "1"])
    let warnings = try train(run).warnings
    let long = (0..<100).count { TurnedLanguage.pair($0).source.split(separator: " ").count > 2 }
    #expect(
      warnings == [
        "\(long) of 100 pairs have more than 3 tokens on a side and are left out"
      ])
    let error = #expect(throws: UserError.self) {
      try language.begin(pairs, run: "none", ["data.max_length": "1"])
    }
    #expect(error?.message.hasSuffix("have more than 1 tokens on a side") == true)
  }

  private func message(
    _ language: TurnedLanguage, _ settings: [String: String]
  ) throws -> String {
    let pairs = try language.write(0..<40, to: "pairs.tsv")
    let error = #expect(throws: UserError.self) {
      try language.begin(pairs, run: "run", settings)
    }
    return (error?.message ?? "").replacing(language.folder.url.path + "/", with: "")
  }

  @Test func refusesWhatDoesNotFitTogether() throws {
    let language = try TurnedLanguage()
    #expect(
      try message(language, ["model.attention": "dot"])
        == "the score 'dot' multiplies 24 units of the decoder with 48 of the encoder, expected as "
        + "many")
    #expect(
      try message(language, ["model.attention": "none", "model.input_feeding": "true"])
        == "model.input_feeding needs attention")
    #expect(
      try message(language, ["model.attention": "none", "model.coverage": "1"])
        == "model.coverage needs attention")
    #expect(
      try message(language, ["model.input_feeding": "true", "model.coverage": "1"])
        .hasPrefix("model.coverage looks at all steps at once"))
    #expect(
      try message(language, ["train.scheduled_sampling": "0.2", "model.zoneout": "0.1"])
        .hasPrefix("model.zoneout acts on whole sequences"))
    #expect(
      try message(language, ["model.tie": "all"])
        == "model.tie is 'all', but source and target have vocabularies of their own")
    #expect(
      try message(
        language, ["data.source_tokens": "char", "data.share_vocabulary": "true"])
        == "one vocabulary for char and word tokens")
    #expect(
      try message(language, ["data.tokenizer": "x.json"])
        == "data.tokenizer names a file, but no side is read in subwords")
    #expect(
      try message(language, ["data.source": "x.txt"])
        == "both data.pairs and data.source name texts")
    #expect(try message(language, ["data.pairs": ""]) == "no pairs to train on")
    #expect(
      try message(language, ["data.pairs": "", "data.source": "x.txt"]) == "data.target is empty")
    #expect(
      try message(language, ["train.batch_tokens": "5"])
        == "--batch-tokens 5: expected at least 11, the longest sequence")
    #expect(
      try message(language, ["model.cell": "clockwork"]).hasPrefix("the cell 'clockwork' counts"))
  }

  @Test func refusesWhatCannotBeDecoded() throws {
    let language = try TurnedLanguage()
    let pairs = try language.write(0..<40, to: "pairs.tsv")
    let run = try language.begin(
      pairs, run: "run", ["model.attention": "none", "train.epochs": "1"])
    try train(run)
    let trained = try open(run.folder)
    func message(_ change: (inout DecodingOptions) -> Void) -> String? {
      var options = DecodingOptions()
      change(&options)
      let error = #expect(throws: UserError.self) { try trained.decode(options) }
      return error?.message
    }
    #expect(
      message { $0.showsAlignment = true }
        == "the run has no attention, so there is no alignment to show or to copy along")
    #expect(
      message { ($0.beam, $0.count) = (2, 3) } == "--n-best 3 of a beam of 2")
    #expect(
      message { $0.asked = ["--beam", "--show-path", "--lm"] }?.hasPrefix(
        "--show-path, --lm are not for translators, which take --alignment, ") == true)
    #expect(throws: UserError.self) { try trained.evaluate([URL]()) }
    // Characters and subwords never seen are read as unknown; a line of nothing stays nothing.
    #expect(try trained.predictions(["日本", " "]).map(\.text.isEmpty).last == true)
  }
}
