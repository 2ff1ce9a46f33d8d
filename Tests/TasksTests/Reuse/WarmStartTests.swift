import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Weights go from run to run by the names of parameters, words and labels.
@Suite struct WarmStartTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    // Sources are opened by the names of their tasks.
    StandardTasks.register()
  }

  private func begin<Task: TrainingTask>(
    _ name: String, _ settings: [String: String]
  ) throws -> TrainingRun<Task> {
    let common = ["train.updates": "3", "train.batch": "4", "train.threads": "2"]
    let run = try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: common.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    return run
  }

  private func classifier(
    _ name: String, _ texts: String, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<ClassificationTask> {
    let data = try folder.write(texts, to: "\(name).tsv")
    let own = [
      "data.train": data.path, "data.valid_fraction": "0", "model.hidden": "7",
      "model.embedding": "5",
    ]
    return try begin(name, own.merging(settings) { $1 })
  }

  private func languageModel(
    _ name: String, _ lines: String, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<LanguageModelTask> {
    let text = try folder.write(lines, to: "\(name).txt")
    let own = [
      "data.text": text.path, "data.tokens": "word", "data.valid_fraction": "0",
      "model.hidden": "7", "model.embedding": "5", "model.layers": "1", "train.steps": "3",
      "train.batch": "2",
    ]
    return try begin(name, own.merging(settings) { $1 })
  }

  private func model(_ lines: String) throws -> RunFolder {
    let run = try languageModel("lm", lines)
    try run.train(stopAt: .max)
    return run.folder
  }

  /// The row of a parameter that belongs to a name.
  private func row(_ name: String, _ parameter: String, of task: any TrainingTask) throws -> [Float]
  {
    let values = try #require(task.parameters.parameter(named: parameter))
    let axis = try #require(task.namedAxes.first { $0.parameter == parameter })
    let place = try #require(axis.names.firstIndex(of: name), "\(name)")
    return Array(values.values[place * values.columns..<(place + 1) * values.columns])
  }

  /// So it is in the shortlist and in each cluster of an adaptive output and embedding, whoever is in which
  /// place.
  @Test func rowsOfClustersGoByWord() throws {
    let adaptive = [
      "model.output": "adaptive", "model.cutoffs": "['4', '7']", "model.adaptive_inputs": "true",
    ]
    let text = "b b b b b\nc c c c\nd d d\ne e e\nf f\ng g\nh\ni\n"
    let source = try languageModel("source", text, adaptive)
    try source.train(stopAt: .max)
    // As many words, in another order, and one that is new.
    let run = try languageModel(
      "run", "c c c c c\nb b b b\ne e e e\nd d d\ng g g\nf f\nx\nh\n",
      adaptive.merging(["train.from": source.folder.url.path]) { $1 })
    let trained = try LanguageModelTask.opened(in: source.folder, team: WorkerTeam(count: 1))
    for parameter in [
      "output.head.weight", "output.head.bias", "output.tail.0.1.weight", "output.tail.1.1.weight",
      "embedding.0.0.weight", "embedding.1.0.weight", "embedding.2.0.weight",
    ] {
      let names = try [run.task, trained].map { task in
        try #require(task.namedAxes.first { $0.parameter == parameter }).names
      }
      #expect(names[0] != names[1], "\(parameter)")
      let known = names[0].filter(names[1].contains)
      #expect(!known.isEmpty)
      for name in known {
        #expect(
          try row(name, parameter, of: run.task) == row(name, parameter, of: trained), "\(name)")
      }
    }
  }

  /// Data of the same key are compared: nothing is said of the same ones, wherever they lie.
  @Test func otherDataAreNamed() throws {
    let text = "b\tfig plum\nc\tpear\n"
    let source = try classifier("source", text)
    try source.train(stopAt: .max)
    func notes(_ name: String, _ text: String) throws -> [String] {
      try classifier(name, text, ["train.from": source.folder.url.path]).warmStart ?? []
    }
    #expect(try !notes("same", text).contains { $0.contains("data.train") })
    let told = try notes("other", text + "c\tplum\n").filter { $0.contains("data.train was ") }
    #expect(told.count == 1)
    for part in ["source.tsv', 18 bytes (xxh64 ", "and is '", "other.tsv', 25 bytes (xxh64 "] {
      #expect(told.first?.contains(part) == true, "\(told)")
    }
  }

  /// Known words and labels keep their rows, whatever their ids are now; new ones begin anew.
  @Test func rowsGoByWordAndLabel() throws {
    let source = try classifier("source", "b\tfig plum\nc\tpear plum fig\nb\tpear\nc\tfig\n")
    try source.train(stopAt: .max)
    // Another label and another word in front of, between and behind the known ones.
    let texts = "a\tapple quince\nc\tplum plum plum pear\nd\tzest fig\nb\tquince pear\n"
    let fresh = try classifier("fresh", texts)
    let run = try classifier("run", texts, ["train.from": source.folder.url.path])
    let trained = try ClassificationTask.opened(in: source.folder, team: WorkerTeam(count: 1))
    for (parameter, known, new) in [
      ("embedding.weight", ["fig", "plum", "pear", "<unk>"], ["apple", "quince", "zest"]),
      ("output.weight", ["b", "c"], ["a", "d"]), ("output.bias", ["b", "c"], ["a", "d"]),
    ] {
      for name in known {
        #expect(
          try row(name, parameter, of: run.task) == row(name, parameter, of: trained), "\(name)")
        #expect(try row(name, parameter, of: run.task) != row(name, parameter, of: fresh.task))
      }
      for name in new {
        #expect(
          try row(name, parameter, of: run.task) == row(name, parameter, of: fresh.task), "\(name)")
      }
    }
    for name in ["rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_hh_l0"] {
      let values = run.task.parameters.parameter(named: name)?.values
      #expect(values == trained.parameters.parameter(named: name)?.values)
    }
    let notes = try #require(run.warmStart)
    #expect(notes.first?.hasPrefix("from '\(source.folder.url.relativePath)': ") == true)
    #expect(notes.contains("  output.weight: 2 of 4 rows (label)"), "\(notes)")
    #expect(notes.contains { $0.hasPrefix("  embedding.weight: 5 of 8 rows (word)") }, "\(notes)")
  }

  /// Dai & Le (2015): a language model's layers under what reads whole texts.
  @Test func languageModelGoesUnderOtherTasks() throws {
    let source = try model("the fig is ripe\nthe plum is not ripe\n")
    let file = try SafetensorsFile.open(source.model)
    func expect(_ run: TrainingRun<some TrainingTask>, _ names: [String: String]) throws {
      for (own, theirs) in names {
        let parameter = try #require(run.task.parameters.parameter(named: own))
        #expect(try parameter.values == file.floats(theirs), "\(own)")
      }
    }
    func word(_ word: String, _ parameter: String, _ task: any TrainingTask) throws {
      let trained = try LanguageModelTask.opened(in: source, team: WorkerTeam(count: 1))
      #expect(try row(word, parameter, of: task) == row(word, "embedding.weight", of: trained))
    }
    let rnn = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    let same = Dictionary(uniqueKeysWithValues: rnn.map { ("rnn.\($0)", "rnn.\($0)") })
    let from = ["train.from": source.url.path, "model.hidden": "7", "model.embedding": "5"]

    let classifier = try classifier("classify", "a\tripe fig\nb\tgreen fig\n", from)
    try expect(classifier, same)
    try word("fig", "embedding.weight", classifier.task)
    // Words to predict are no labels.
    #expect(classifier.warmStart?.contains { $0.hasPrefix("  output.weight: new") } == true)

    let tags = try folder.write("the O\nplum B-f\n\nripe O\nfig B-f\n", to: "tags.txt")
    let tagger: TrainingRun<TaggingTask> = try begin(
      "tag", from.merging(["data.train": tags.path, "data.valid_fraction": "0"]) { $1 })
    try expect(tagger, same)
    try word("plum", "embedding.weight", tagger.task)

    let pairs = try folder.write("the fig\tdie feige\nripe\treif\n", to: "pairs.tsv")
    let translator: TrainingRun<TranslationTask> = try begin(
      "translate", from.merging(["data.pairs": pairs.path, "data.valid_fraction": "0"]) { $1 })
    try expect(
      translator,
      Dictionary(uniqueKeysWithValues: rnn.map { ("encoder.\($0)", "rnn.\($0)") }))
    try word("ripe", "source_embedding.weight", translator.task)
    #expect(translator.warmStart?.contains { $0.hasPrefix("  output.weight: new") } == true)
  }

  /// Of the other run are the sizes that nobody gives, of the same task all of the network and how it reads.
  @Test func whatNobodySaysIsAsInTheOtherRun() throws {
    let source = try classifier(
      "source", "a\tx y\nb\ty z\n",
      [
        "model.cell": "gru", "model.pooling": "mean", "data.tokens": "char",
        "data.lowercase": "true",
      ])
    try source.train(stopAt: .max)
    func upon(
      _ url: URL, _ settings: [String: String] = [:]
    ) throws -> TrainingRun<ClassificationTask> {
      let own = [
        "data.train": folder.file("source.tsv").path, "train.from": url.path, "train.updates": "3",
        "data.valid_fraction": "0",
      ]
      return try TrainingRun(
        ClassificationTask.schema.resolve(
          overrides: own.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
        folder: .plan(at: folder.file("upon")), isAdvised: true)
    }
    let run = try upon(source.folder.url)
    let (model, data) = (run.settings.model, run.settings.data)
    #expect(model.stack.hidden == 7 && model.embedding == 5 && model.stack.cell == "gru")
    #expect(model.pooling == "mean" && data.tokens == "char" && data.lowercase)
    let line = try #require(run.advice.first)
    #expect(line.hasPrefix("as in '") && line.contains("model.hidden = 7"))
    #expect(!line.contains("data.train") && !line.contains("valid_fraction"))
    #expect(try upon(source.folder.url, ["model.hidden": "9"]).settings.model.stack.hidden == 9)

    let language = try upon(try self.model("x y z\nx z y\nz\n").url).settings
    #expect(language.model.stack.hidden == 7 && language.model.embedding == 5)
    #expect(language.model.pooling == "last")

    let fixed = try upon(source.folder.url, ["train.defaults": "fixed"])
    #expect(fixed.settings.model.stack.hidden == 128 && fixed.advice.isEmpty)
    #expect(fixed.settings.model.pooling == "last")
  }

  /// What rows are belongs to how they are read.
  @Test func forecastsGoOnAsForecasts() throws {
    let table = try folder.write(
      "date,store,x\n" + (0..<40).map { "2020-01-\(10 + $0 / 2),\($0 % 2),\($0 % 7)\n" }.joined(),
      to: "table.csv")
    func begin(
      _ name: String, _ settings: [String: String]
    ) throws -> TrainingRun<RegressionTask> {
      let own = ["data.train": table.path, "train.updates": "2", "train.threads": "1"]
      let run = try TrainingRun<RegressionTask>(
        RegressionTask.schema.resolve(
          overrides: own.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
        folder: .plan(at: folder.file(name)), isAdvised: true)
      try run.begin()
      return run
    }
    let source = try begin(
      "source",
      [
        "data.window": "6", "data.horizon": "2", "data.group": "store", "data.target": "x",
        "model.hidden": "5",
      ])
    try source.train(stopAt: .max)
    let data = try begin("upon", ["train.from": source.folder.url.path]).settings.data
    #expect(data.forecast.window == 6 && data.forecast.horizon == 2)
    #expect(data.series.group == "store" && data.target == "x")
  }

  /// Equal numbers of rows are not enough: gates and kinds of names have to agree.
  @Test func whatOnlyLooksAlikeIsNotTaken() throws {
    let source = try classifier("source", "a\tx y\nb\ty z\n", ["model.hidden": "9"])
    try source.train(stopAt: .max)
    // 4 gates of 9 and 3 of 12: biases of 36 both.
    let run = try classifier(
      "run", "a\tx y\nb\ty z\n",
      ["train.from": source.folder.url.path, "model.hidden": "12", "model.cell": "gru"])
    let notes = try #require(run.warmStart)
    #expect(
      notes.contains("  rnn.bias_ih_l0: new, 3 gates of 12; there 4 gates of 9"), "\(notes)")
    // Characters and words that are spelt alike.
    let error = #expect(throws: UserError.self) {
      try classifier(
        "letters", "c\tx y\nd\ty z\n",
        ["train.from": source.folder.url.path, "data.tokens": "char", "model.cell": "gru"])
    }
    #expect(error?.message.contains("no weights that fit") == true)
    #expect(error?.hint?.contains("source/config.toml") == true)
    // Nothing was begun.
    #expect(!FileManager.default.fileExists(atPath: folder.file("letters/config.toml").path))
  }

  @Test func patternsThatFreezeNothingOrAllAreRefused() throws {
    for (pattern, words) in [("rmn.*", "names no parameter"), ("*", "nothing is learnt")] {
      let error = #expect(throws: UserError.self) {
        try classifier("run", "a\tx y\nb\ty z\n", ["train.freeze": pattern])
      }
      #expect(error?.kind == .usage)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }

  /// A run that lost its checkpoints, and one whose weights another program has trained, do not begin again over
  /// what they have.
  @Test func weightsWithoutACheckpointAreNotTrainedOver() throws {
    let run = try classifier("run", "a\tx y\nb\ty z\n")
    try run.train(stopAt: .max)
    for checkpoint in try run.folder.checkpoints() {
      try FileManager.default.removeItem(at: checkpoint.url)
    }
    let model = try Data(contentsOf: run.folder.model)
    let error = #expect(throws: UserError.self) {
      try TrainingRun<ClassificationTask>.resumed(run.folder, ["train.updates": "3"])
    }
    #expect(error?.message.contains("weights but no checkpoint") == true, "\(error?.message ?? "")")
    #expect(try Data(contentsOf: run.folder.model) == model)
    // Without weights either it was stopped before its first checkpoint, and begins again.
    try FileManager.default.removeItem(at: run.folder.model)
    _ = try TrainingRun<ClassificationTask>.resumed(run.folder)
  }

  /// First weights that came from another run follow from no seed.
  @Test func aLostBeginningIsNotMadeUp() throws {
    let source = try classifier("source", "a\tx y\nb\ty z\n")
    try source.train(stopAt: .max)
    let run = try classifier(
      "run", "a\tx y\nb\ty z\n", ["train.from": source.folder.url.path])
    try FileManager.default.removeItem(at: run.folder.checkpoint(update: 0))
    let error = #expect(throws: UserError.self) {
      try TrainingRun<ClassificationTask>.resumed(run.folder)
    }
    #expect(error?.message.contains("holds no checkpoint") == true, "\(error?.message ?? "")")
  }
}
