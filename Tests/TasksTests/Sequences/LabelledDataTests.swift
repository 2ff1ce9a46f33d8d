import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What users' files hold: labels that were never trained, empty examples, other scales, label columns.
@Suite struct LabelledDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A classifier that has seen a few updates.
  func classifier(
    _ name: String, _ text: String, _ settings: [String: String] = [:],
    warnings: (String) -> Void = { _ in }
  ) throws -> ClassificationTask {
    let data = try folder.write(text, to: name)
    let run: TrainingRun<ClassificationTask> = try begin(
      ["data.train": data.path, "data.valid_fraction": "0"].merging(settings) { $1 })
    _ = try run.train { if case .warning(let text) = $0 { warnings(text) } }
    return try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 2))
  }

  func begin<Task: TrainingTask>(_ settings: [String: String]) throws -> TrainingRun<Task> {
    let base = [
      "model.hidden": "7", "train.updates": "3", "train.threads": "2", "train.batch": "5",
    ]
    let run = try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file("run-\(UUID().uuidString)")))
    try run.begin()
    return run
  }

  static let series = "up,1,2,3\ndown,3,2,1\nup,1,2,4\ndown,4,2,1\nup,0,2,3\n"

  /// Those of texts where the data are numbers, and the other way round.
  @Test func optionsThatDoNothingAreRefused() throws {
    let texts = try folder.write("a\tx y\nb\ty z\na\tx\nb\tz\n", to: "train.tsv")
    let numbers = try folder.write(Self.series, to: "train.csv")
    for (data, key, value, option) in [
      (numbers, "data.tokens", "char", "--tokens"),
      (numbers, "data.lowercase", "true", "--lowercase"),
      (numbers, "data.min_count", "2", "--min-count"),
      (numbers, "data.split", "punctuation", "--split"),
      (texts, "data.layout", "channel", "--layout"), (texts, "data.features", "2", "--features"),
      (texts, "data.missing", "zero", "--missing"),
      (texts, "data.standardize", "true", "--standardize"),
    ] {
      let error = #expect(throws: UserError.self, "\(option)") {
        try TrainingRun<ClassificationTask>(
          ClassificationTask.schema.resolve(
            overrides: [
              SettingsOverride("data.train", text: data.path), SettingsOverride(key, text: value),
            ]), folder: .plan(at: folder.file("unused")), isAdvised: true)
      }
      #expect(error?.message.hasPrefix("\(option) is for ") == true, "\(error?.message ?? "")")
    }
  }

  /// Of one layer, whose last state they never meet: with more, or another pooling, they do something.
  @Test func whatNoLastStateMeetsIsRefused() throws {
    let texts = try folder.write("a\tx y\nb\ty z\na\tx\nb\tz\n", to: "train.tsv")
    func begin(_ settings: [String: String]) throws {
      let all = ["data.train": texts.path, "model.pooling": "last", "model.layers": "1"]
      _ = try TrainingRun<ClassificationTask>(
        ClassificationTask.schema.resolve(
          overrides: all.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
        folder: .plan(at: folder.file("unused")), isAdvised: true)
    }
    for key in ["model.layer_norm", "model.residual"] {
      expectUserError(saying: "--pooling last reads its last state") { try begin([key: "true"]) }
      try begin([key: "true", "model.layers": "2"])
      try begin([key: "true", "model.pooling": "max"])
    }
    try begin([:])
  }

  // MARK: Labels that were never trained

  @Test func labelsThatWereNeverTrainedAreWrong() throws {
    let texts = try classifier("train.tsv", "a\tx y\nb\ty z\na\tx\nb\tz\n")
    let file = try folder.write("a\tx y\nc\tx y\nb\ty z\nd\tz\nc\ty\n", to: "test.tsv")
    var told: [String] = []
    let evaluation = try texts.evaluate([file]) { told.append($0) }
    #expect(told.count == 1 && told[0].hasPrefix("3 examples have labels that were never trained"))
    #expect(evaluation.score.count == 5)
    let known = try texts.evaluate([try folder.write("a\tx y\nb\ty z\n", to: "known.tsv")])
    // As if the others were not there, but for the share of what is right.
    #expect(abs(evaluation.score.loss - known.score.loss) < 1e-6)
    let accuracy = try #require(evaluation.score["accuracy"])
    #expect(abs(accuracy - (try #require(known.score["accuracy"])) * 2 / 5) < 1e-12)
    #expect(evaluation.report.contains("c ") && evaluation.report.contains("d "))
    #expect(evaluation.json["unseen_labels"] == .array([.string("c"), .string("d")]))
    #expect(known.json["unseen_labels"] == nil)
    let error = #expect(throws: UserError.self) { try texts.evaluate([file], isStrict: true) }
    #expect(error?.message.contains("the first 'c' at '\(file.path)' line 2") == true)
    #expect(throws: Never.self) {
      try texts.evaluate([folder.file("known.tsv")], isStrict: true)
    }
  }

  @Test func setsOfLabelsAreWrongTheSameWay() throws {
    let task = try classifier(
      "train.tsv", "a,b\tx y\nb\ty z\n\tx\n", ["data.multi_label": "true"])
    let file = try folder.write("a,c\tx y\n\tz\n", to: "test.tsv")
    let evaluation = try task.evaluate([file])
    #expect(try #require(evaluation.score["exact_match"]) <= 0.5)
    #expect(evaluation.json["unseen_labels"] == .array([.string("c")]))
  }

  @Test func seriesAreMeasuredTheSameWay() throws {
    let task = try classifier("train.csv", Self.series)
    let file = try folder.write("up,1,2,3\nflat,1,1,1\n", to: "test.csv")
    let evaluation = try task.evaluate([file])
    #expect(try #require(evaluation.score["accuracy"]) <= 0.5)
    #expect(evaluation.json["unseen_labels"] == .array([.string("flat")]))
  }

  // MARK: One label or several

  /// `"a, x"` is a label of a table as much as it is two: who means which says so.
  @Test(arguments: [
    ("a.tsv", "a, x\tx y\nb\ty z\n", true), ("a.csv", "text,label\nx y,\"a, x\"\ny z,b\n", true),
    ("a.csv", "\"a, x\",1,2\nb,2,1\n", false), ("a.ts", "@data\n1,2:a, x\n2,1:b\n", false),
  ])
  func commasInLabelsAreAskedAbout(name: String, text: String, hasWords: Bool) throws {
    let error = #expect(throws: UserError.self) { try classifier(name, text) }
    #expect(error?.message.hasPrefix("the label 'a, x' holds a comma") == true)
    #expect(error?.hint?.contains("--no-multi-label") == true)
    #expect(error?.hint?.contains("add --multi-label") == hasWords)
    let one = try classifier(name, text, ["data.multi_label": "false"])
    #expect(one.labels.names == ["a, x", "b"])
    if hasWords {
      let several = try classifier(name, text, ["data.multi_label": "true"])
      #expect(several.labels.names == ["a", "b", "x"])
    } else {
      let error = #expect(throws: UserError.self) {
        try classifier(name, text, ["data.multi_label": "true"])
      }
      #expect(error?.message.contains("the data are series") == true)
    }
  }

  /// A file of a folder is one label, whatever its name.
  @Test func commasInNamesOfFilesAreNoQuestion() throws {
    let texts = folder.file("texts")
    try FileManager.default.createDirectory(at: texts, withIntermediateDirectories: true)
    try folder.write("x y\n", to: "texts/a, x.txt")
    try folder.write("y z\n", to: "texts/b.txt")
    let run: TrainingRun<ClassificationTask> = try begin(
      ["data.train": texts.path, "data.valid_fraction": "0"])
    #expect(run.task.labels.names == ["a, x", "b"])
  }

  // MARK: Empty examples

  @Test func emptyExamplesAreToldAndTrainedWithout() throws {
    for (name, with, without) in [
      ("a.tsv", "a\tx\nb\t\nb\ty\na\tz\n", "a\tx\nb\ty\na\tz\n"),
      ("a.csv", "a,1,2\nb\nb,2,1\na,1,3\n", "a,1,2\nb,2,1\na,1,3\n"),
    ] {
      var told: [String] = []
      let task = try classifier(name, with) { told.append($0) }
      #expect(told.first?.hasPrefix("1 empty example was passed over, the first at ") == true)
      told = []
      let other = try classifier("other-" + name, without) { told.append($0) }
      #expect(!told.contains { $0.contains("empty") })
      let weights = [task, other].map { $0.parameters.parameters.flatMap(\.values) }
      #expect(weights[0] == weights[1])
    }
  }

  /// Those of the validation are told beside those of the training.
  @Test func emptyExamplesOfBothPartsAreTold() throws {
    let valid = try folder.write("b\tx\na\t\nb\t\n", to: "valid.tsv")
    var told: [String] = []
    _ = try classifier("train.tsv", "a\tx\nb\t\nb\ty\n", ["data.valid": valid.path]) {
      told.append($0)
    }
    let empty = told.filter { $0.contains("passed over") }
    #expect(empty.map { $0.prefix(16) } == ["1 empty example ", "2 empty examples"])
  }

  // MARK: Rows that are typed

  @Test func labelsInTypedRowsAreRefused() throws {
    let words = try classifier("train.csv", Self.series)
    let numbers = try classifier(
      "numbers.csv", Self.series.replacing("up", with: "1").replacing("down", with: "2"))
    for (task, line, message) in [
      (words, "up,1,2,3", "found the label 'up'"), (words, "label,x,y,z", "found 'label'"),
      (numbers, "1,1,2,3", "found 4 numbers, one more than each row of the training data had"),
    ] {
      let error = #expect(throws: UserError.self) { try task.predictions([line]) }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
    // Its first number is no label.
    #expect(try numbers.predictions(["7,1,2,3"]).count == 1)
    let pairs = try classifier("pairs.csv", "up,1,2,3,4\ndown,4,3,2,1\n", ["data.features": "2"])
    let error = #expect(throws: UserError.self) { try pairs.predictions(["1,2,3"]) }
    #expect(error?.message.contains("found 3 numbers, expected a multiple of 2") == true)
  }

  @Test func typedRowsAreSeparatedAsTheTableWas() throws {
    let task = try classifier(
      "train.csv", Self.series.replacing(",", with: ";").replacing("3\n", with: "3,5\n"))
    let json = try task.predictions(["1;2;3,5", "1\t2\t3.5", "1,2,3.5"]).map(\.json)
    #expect(json[0] == json[1] && json[1] == json[2])
  }

  // MARK: Scales

  /// Channels on scales that differ a thousandfold are learnt from as if they did not.
  @Test func standardizedChannelsHaveOneScale() throws {
    func table(_ a: Double, _ b: Double) -> String {
      (0..<12).map { row in
        let x = [Double(row), Double(row % 3), 1, Double(row % 5)]
        let values = x.enumerated().map { $0 % 2 == 0 ? a * $1 + 3 : b * $1 - 8 }
        return "\(row % 2 == 0 ? "even" : "odd"),\(values.map { "\($0)" }.joined(separator: ","))\n"
      }.joined()
    }
    let settings = ["data.features": "2", "data.standardize": "true"]
    let plain = try classifier("a.csv", table(1, 1), settings)
    let wide = try classifier("b.csv", table(1024, 0.25), settings)
    let lines = [["3,-8,4,-7"], ["3,-8,1027,-7.75"]]
    let answers = try zip([plain, wide], lines).map { task, line in
      try #require(try task.predictions(line)[0].json["probabilities"]?["even"]?.number)
    }
    #expect(abs(answers[0] - answers[1]) < 1e-6)
  }

  @Test func factsAreReadBack() throws {
    let file = folder.file("series.json")
    var facts = SeriesFacts()
    try facts.save(to: file)
    #expect(try SeriesFacts(contentsOf: file) == facts)
    (facts.separator, facts.length, facts.columns) = (UInt8(ascii: "\t"), 7, ["a", "b"])
    try facts.save(to: file)
    #expect(try SeriesFacts(contentsOf: file) == facts)
    for text in ["", "{}", "{\"format\":1,\"mean\":[1],\"deviation\":[0]}"] {
      try folder.write(text, to: "series.json")
      expectUserError(saying: "series.json'") { _ = try SeriesFacts(contentsOf: file) }
    }
    try folder.write(
      "{\"format\":1,\"mean\":[],\"deviation\":[],\"target\":[3]}", to: "series.json")
    expectUserError(saying: "a target without") { _ = try SeriesFacts(contentsOf: file) }
    try folder.write("{\"format\":9}", to: "series.json")
    expectUserError(saying: "has the format 9") { _ = try SeriesFacts(contentsOf: file) }
  }

  /// A file of another run, of more channels than the weights beside it read.
  @Test func factsOfOtherSeriesAreRefused() throws {
    let data = try folder.write(Self.series, to: "train.csv")
    let run: TrainingRun<ClassificationTask> = try begin([
      "data.train": data.path, "data.valid_fraction": "0", "data.standardize": "true",
    ])
    _ = try run.train { _ in }
    var facts = try SeriesFacts(contentsOf: run.folder.series)
    facts.channels += facts.channels
    try facts.save(to: run.folder.series)
    expectUserError(saying: "scales of 2 channels, expected 1") {
      _ = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    }
  }

  // MARK: Classes that differ in size

  @Test func rareClassesWeighMore() throws {
    let rare = "a\tx\na\tx y\na\ty x\nb\ty\n"
    func probability(_ settings: [String: String]) throws -> Double {
      let task = try classifier(
        "rare.tsv", rare, settings.merging(["train.updates": "40", "optimizer.lr": "0.02"]) { $1 })
      return try #require(try task.predictions(["x"])[0].json["probabilities"]?["b"]?.number)
    }
    let weights = try folder.write("b\t9\na\t1\n", to: "weights.tsv")
    let plain = try probability([:])
    for settings in [
      ["data.class_weights": "balanced"], ["data.class_weights": weights.path],
      ["data.balance": "true"], ["data.label_smoothing": "0.5"],
    ] {
      #expect(try probability(settings) > plain, "\(settings)")
    }
    for (text, message) in [
      ("a\t1\n", "has no weight for the label 'b'"), ("a 1\n", "line 1: found no tab"),
      ("a\tx\n", "line 1: found the weight 'x'"), ("a\t-1\n", "line 1: found the weight '-1'"),
      ("c\t1\n", "line 1: unknown label 'c'"), ("a\t1\na\t1\n", "line 2: the label 'a'"),
      ("a\t0\nb\t0\n", "gives every example the weight 0"),
    ] {
      try folder.write(text, to: "weights.tsv")
      expectUserError(saying: message) {
        _ = try classifier("rare.tsv", rare, ["data.class_weights": weights.path])
      }
    }
    for key in ["class_weights", "balance", "label_smoothing"] {
      let value = ["class_weights": "balanced", "balance": "true", "label_smoothing": "0.1"][key]
      expectUserError(saying: "--multi-label") {
        _ = try classifier(
          "rare.tsv", rare, ["data.\(key)": value ?? "", "data.multi_label": "true"])
      }
    }
  }

  @Test func theBestLabelsAreShown() throws {
    let task = try classifier("train.tsv", "a\tx\nb\ty\nc\tz\n")
    let plain = try task.predictions(["x"])[0]
    task.rank(2)
    let two = try task.predictions(["x"])[0]
    let fields = two.text.split(separator: "\t")
    #expect(fields.count == 4 && plain.text == fields.prefix(2).joined(separator: "\t"))
    #expect(try #require(Double(fields[1])) >= (try #require(Double(fields[3]))))
    #expect(two.json["top"]?.array?.count == 2 && two.json["label"] == plain.json["label"])
    task.rank(99)
    #expect(try task.predictions(["x"])[0].json["top"]?.array?.count == 3)
  }
}
