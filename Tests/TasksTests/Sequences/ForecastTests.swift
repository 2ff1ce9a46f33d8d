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

/// Windows over long series: what is read, what is held out, what is forecast.
@Suite struct ForecastTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Waves of a period of 6 on two levels, 30 and 40 steps; `rise` is another channel.
  static func table(header: String = "id,time,rise,value\n") -> String {
    let rows = [("north", 30, 1000.0), ("south", 40, 1.0)].flatMap { name, count, level in
      (0..<count).map { step in
        "\(name),\(step),\(step),\(level * (2 + sin(Double(step) * .pi / 3)))\n"
      }
    }
    return header + rows.joined()
  }

  func run(_ text: String, _ settings: [String: String]) throws -> TrainingRun<RegressionTask> {
    let data = try folder.write(text, to: "long.csv")
    let base = [
      "data.train": data.path, "data.window": "12", "data.horizon": "3", "data.season": "6",
      "data.target": "value", "data.valid_fraction": "0.25", "model.hidden": "12",
      "train.threads": "2", "train.updates": "4",
    ]
    let run = try TrainingRun<RegressionTask>(
      RegressionTask.schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file("run-\(UUID().uuidString)")))
    try run.begin()
    return run
  }

  func trained(
    _ text: String = table(), _ settings: [String: String] = [:]
  ) throws -> (task: RegressionTask, score: Score) {
    let run = try run(text, settings)
    var score: Score?
    try run.train { if case .validated(let report) = $0 { score = report.score } }
    return (
      try RegressionTask.opened(in: run.folder, team: WorkerTeam(count: 2)), try #require(score)
    )
  }

  /// Of 30 and 40 steps the last 8 and 10 are held out; windows of 12 and 3 steps.
  @Test func whatIsHeldOutIsLaterThanWhatIsLearnt() throws {
    let run = try run(Self.table(), [:])
    let text = "\(try run.task.examples(run.task.read([folder.file("long.csv")])).count)"
    // (30 - 14) + (40 - 14) in all.
    #expect(text == "42")
    var counts: [Int] = []
    try run.train { if case .validated(let report) = $0 { counts.append(report.score.count) } }
    // 6 + 8 windows of 3 steps.
    #expect(counts.last == 3 * (6 + 8))
  }

  /// Numbers would be taken for others, and choose the weights.
  @Test func validationHasTheColumnsOfTheTraining() throws {
    let valid = try folder.write(
      Self.table(header: "id,time,value,rise\n"), to: "valid.csv")
    expectUserError(saying: "valid.csv", "has the columns id, time, value, rise") {
      _ = try run(Self.table(), ["data.valid": valid.path])
    }
  }

  @Test func seriesOnAllLevelsAreForecast() throws {
    let (task, score) = try trained(
      Self.table(), ["train.updates": "200", "train.batch": "8", "optimizer.lr": "0.02"])
    // Each season repeats the last one; in the window's own unit both levels are one.
    #expect(score.loss < 0.02)
    #expect(try #require(score["naive_mae"]) < 1e-3)
    let predictions = try task.predictions(Self.table().split(separator: "\n").map(String.init))
    let lines = predictions[0].text.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(predictions.count == 1)
    let steps = [
      ("north", 30), ("north", 31), ("north", 32), ("south", 40), ("south", 41), ("south", 42),
    ]
    #expect(lines.count == 6)
    for (line, (name, step)) in zip(lines, steps) {
      let value = try #require(Double(line[1])) / (name == "north" ? 1000 : 1)
      let truth = 2 + sin(Double(step) * .pi / 3)
      #expect(line[0] == name && abs(value - truth) < 0.3)
    }
    #expect(predictions[0].json["forecasts"]?.array?.count == 2)
  }

  /// What a window forecasts does not depend on its level and unit.
  @Test func normalizedWindowsForgetTheirLevel() throws {
    let (task, _) = try trained()
    func lines(_ scale: Double, _ shift: Double) -> [String] {
      ["id,time,rise,value"]
        + (0..<12).map { "x,\($0),\($0),\(sin(Double($0)) * scale + shift)" }
    }
    func values(_ lines: [String]) throws -> [Double] {
      try task.predictions(lines)[0].text.split(separator: "\n")
        .compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
    }
    let plain = try values(lines(1, 0))
    let large = try values(lines(500, 70)).map { ($0 - 70) / 500 }
    #expect(plain.count == 3 && large.count == 3)
    for (a, b) in zip(plain, large) { #expect(abs(a - b) < 1e-4) }
  }

  /// A row that makes no sense is no part of its series, and a series that is too short has no forecast:
  /// both are told, and the others go on as if it had not been there.
  @Test func badRowsAndShortSeriesArePassedOver() throws {
    let (task, _) = try trained()
    let good = Self.table().split(separator: "\n").map(String.init)
    func answers(_ lines: [String]) throws -> (text: [String], told: [String]) {
      var (rest, texts, told) = (lines[...], [String](), [String]())
      try task.predict({ rest.popFirst() }, isReady: { true }, skip: { told.append($0.message) }) {
        texts.append($0.text)
      }
      return (texts, told)
    }
    let (clean, nothing) = try answers(good)
    #expect(clean.count == 1 && nothing == [])
    var bad = good
    bad.insert("north,7,7", at: 9)
    bad.insert("south,x,NA,1", at: 40)
    bad.insert("", at: 50)
    bad.append("south,99,1,2,3")
    bad += (0..<11).map { "west,\($0),\($0),2.5" }
    let (texts, told) = try answers(bad)
    #expect(texts == [clean[0] + "\nwest,\nwest,\nwest,"])
    #expect(told.count == 4)
    #expect(told[0] == "standard input line 10: found 3 fields, expected 4")
    #expect(told[1].hasPrefix("standard input line 41, column 3: found 'NA'"))
    #expect(told[2] == "standard input line 75: found 5 fields, expected 4")
    #expect(told[3].hasPrefix("standard input: 'west' has 11 steps"))
    expectUserError(saying: "line 10: found 3 fields") { _ = try task.predictions(bad) }
    // What no line is to blame for has an answer that says nothing.
    let late = try answers(good + ["north,3,1,2"])
    #expect(late.text == [""] && late.told.count == 1 && late.told[0].contains("the time 3"))
  }

  /// Series of several files are those of one that holds them all; without names each file is a series.
  @Test func severalFilesAreForecastTogether() throws {
    let rows = Self.table().split(separator: "\n").map { "\($0)\n" }
    let parts = [
      rows[0] + rows[1..<9].joined(), rows[0] + rows[9..<45].joined(),
      rows[0] + rows[45...].joined(),
    ]
    func weights(_ texts: [String]) throws -> [[UInt32]] {
      let files = try texts.enumerated().map {
        try folder.write($1, to: "\(texts.count)-\($0).csv").path
      }
      let list = "[" + files.map { "'\($0)'" }.joined(separator: ", ") + "]"
      let run = try run("", ["data.train": list])
      try run.train()
      return run.task.parameters.parameters.map { $0.values.map(\.bitPattern) }
    }
    #expect(try weights(parts) == weights([Self.table()]))
    let (task, _) = try trained(
      (0..<40).map { "\(sin(Double($0)))\n" }.joined(), ["data.target": ""])
    let files = try [15, 16].map { count in
      try folder.write((0..<count).map { "\(cos(Double($0)))\n" }.joined(), to: "\(count).csv")
    }
    #expect(try task.examples(task.read(files)).count == 1 + 2)
    let wider = try folder.write((0..<30).map { "\($0),1\n" }.joined(), to: "wider.csv")
    expectUserError(saying: "wider.csv'") { _ = try task.read([files[0], wider]) }
  }

  @Test func quantilesRiseAndCover() throws {
    let (task, score) = try trained(
      Self.table(), ["model.loss": "quantile", "model.quantiles": "0.05,0.5,0.95"])
    #expect(score["coverage"] != nil && score["rmse"] != nil)
    let text = try task.predictions(Self.table().split(separator: "\n").map(String.init))[0].text
    for line in text.split(separator: "\n") {
      let numbers = line.split(separator: ",").dropFirst().compactMap { Double($0) }
      #expect(numbers.count == 3 && numbers == numbers.sorted())
    }
  }

  /// pandas names the columns of a series without names by numbers.
  @Test func numberedNamesAreNoStep() throws {
    let values = (0..<40).map { "\(sin(Double($0) * .pi / 3)),\(cos(Double($0)))\n" }
    let settings = ["data.target": "2", "data.window": "12"]
    let bare = try trained(values.joined(), settings).task
    let named = try trained("0,1\n" + values.joined(), settings).task
    let weights = [bare, named].map { $0.parameters.parameters.flatMap(\.values) }
    #expect(weights[0] == weights[1])
    func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
    let (plain, headed) = (lines(values.joined()), lines("0,1\n" + values.joined()))
    let answers = [
      try named.predictions(plain), try named.predictions(headed), try bare.predictions(headed),
    ]
    #expect(Set(answers.map { $0[0].text }).count == 1)
    // Whole numbers may be the first step.
    let steps = (0..<40).map { "\($0 % 5)\n" }.joined()
    let file = try folder.write(steps, to: "whole.csv")
    let panel = try SeriesPanel.read(file, SeriesForm(), target: nil)
    #expect(panel.series[0].values.count == 40 && panel.columns.isEmpty)
  }

  @Test func wordsAmongNumbersMayNameSeries() throws {
    expectUserError(saying: "row 2, column 1: found 'north'", "--group") {
      _ = try run("shop,value\nnorth,1\nnorth,2\n", [:])
    }
  }

  /// A column that is called like time is not read, whatever stands in it.
  @Test(arguments: ["datetime_gmt", "Order Date", "utc-timestamp", "InvoiceDate", "Date1", "Month"])
  func timesAreNoChannel(name: String) throws {
    let lines = (0..<20).map { "2021-05-01 \(10 + $0 % 12):00:00+00:00,\($0 % 7).5\n" }.joined()
    func channels(_ header: String) throws -> [String] {
      let file = try folder.write("\(header),value\n\(lines)", to: "\(header).csv")
      return try SeriesPanel.read(file, SeriesForm(), target: nil).channels
    }
    #expect(try channels(name) == ["value"])
    for other in ["updates", "Candidate", "validated"] {
      expectUserError(saying: "row 2, column 1") { _ = try channels(other) }
    }
  }

  /// What pandas and R write before the columns of a table is not read, whatever numbers the rows.
  @Test(arguments: ["", "Unnamed: 0", "Unnamed: 0.1", "rownames"])
  func indexesAreNoChannel(name: String) throws {
    for (index, time) in [
      ("17", ""), ("2021-05-01 10:00:00", ""), ("17", "2021-05-01,"), ("17,17", "2021-05-01,"),
    ] {
      let rows = (0..<20).map { "\(index),\(time)\($0 % 7).5,\($0)\n" }
      let header =
        "\(index.contains(",") ? ",\(name)" : name),\(time.isEmpty ? "" : "date,")value,other\n"
      let file = try folder.write(header + rows.joined(), to: "index.csv")
      let panel = try SeriesPanel.read(file, SeriesForm(), target: "value")
      #expect(panel.channels == ["value", "other"] && panel.target == 0)
      #expect(panel.series[0].values.prefix(4) == [0.5, 0, 1.5, 1])
      #expect(
        try SeriesPanel.target("other", columns: panel.columns, width: 2, SeriesForm()) == 1)
    }
  }

  /// As pandas writes a series without a name, and a frame without names.
  @Test func columnsThatAreOnlyCountedAreRead() throws {
    for (header, row, target) in [(",0", "3,4", nil), (",0,1", "3,4,5", "1")] {
      let file = try folder.write(header + "\n" + row + "\n" + row + "\n", to: "series.csv")
      let panel = try SeriesPanel.read(file, SeriesForm(), target: target)
      #expect(panel.channels == Array(header.split(separator: ",").map(String.init)))
      #expect(panel.target == (target == nil ? 0 : 1) && panel.series[0].values.first == 4)
    }
  }

  /// A part of a date beside another one is none, and of several times the first orders the rows.
  @Test func severalColumnsMayBeCalledLikeTime() throws {
    func panel(_ header: String, _ rows: [String], _ target: String? = "x") throws -> SeriesPanel {
      let file = try folder.write(
        header + "\n" + rows.map { $0 + "\n" }.joined(), to: "times.csv")
      return try SeriesPanel.read(file, SeriesForm(), target: target)
    }
    let parts = try panel("year,month,day,x", ["2020,1,31,5", "2020,2,1,6"])
    #expect(parts.channels == ["year", "month", "day", "x"])
    #expect(try panel("year,x", ["2020,5", "2021,6"]).channels == ["x"])
    let grouped = try panel("id,year,month,x", ["7,2020,1,5", "8,2020,1,6", "7,2020,2,7"])
    #expect(grouped.groupName == "id" && grouped.series.map(\.name) == ["7", "8"])
    #expect(grouped.series[0].values == [2020, 1, 5, 2020, 2, 7])
    let pair = try panel("Date;Time;x", ["16/12/2006;17:24:00;5", "16/12/2006;17:25:00;6"])
    #expect(pair.channels == ["x"] && pair.series[0].values == [5, 6])
    #expect(
      try SeriesPanel.target("x", columns: pair.columns, width: 1, SeriesForm()) == 0)
    let hours = try panel("date,time,x", ["2020-01-01,17,5", "2020-01-01,18,6"])
    #expect(hours.channels == ["time", "x"])
  }

  @Test func tablesThatSayTooLittleAreRefused() throws {
    for (text, target, message) in [
      ("date,x\n2020-01-02,1\n2020-01-01,2\n", nil, "found the date 2020-01-01, which is before"),
      ("date,x,\n2020-01-02,1,\n", nil, "row 1, column 3: found nothing, expected a name"),
      ("date,2019,2020\n2020-01-02,1,2\n", nil, "row 1, column 2: found '2019', expected a name"),
      ("date,x,x\n2020-01-02,1,2\n", "x", "2 columns of that name"),
      ("x\n\"1,100.00\"\n", nil, "found '1,100.00'"),
    ] as [(String, String?, String)] {
      let file = try folder.write(text, to: "poor.csv")
      expectUserError(saying: message) {
        _ = try SeriesPanel.read(file, SeriesForm(), target: target)
      }
    }
    let twice = try folder.write("date,x,x\n2020-01-02,1,2\n", to: "poor.csv")
    #expect(try SeriesPanel.read(twice, SeriesForm(), target: "3").target == 1)
  }

  @Test func namesOfSeriesAreQuoted() throws {
    let table = Self.table().replacing("north", with: "\"Paris, \"\"Nord\"\"\"")
    let (task, _) = try trained(table)
    let text = try task.predictions(table.split(separator: "\n").map(String.init))[0].text
    #expect(text.split(separator: "\n")[0].hasPrefix("\"Paris, \"\"Nord\"\"\","))
  }

  /// Of a table with another head nothing is said but that.
  @Test func aTableWithAnotherHeadHasNoForecast() throws {
    let (task, _) = try trained()
    var told: [String] = []
    var lines = (["id,time,rise,price"] + Self.table().split(separator: "\n").map(String.init))[...]
    lines.remove(at: 1)
    try task.predict({ lines.popFirst() }, isReady: { true }, skip: { told.append($0.message) }) {
      _ in Issue.record("there is no forecast")
    }
    #expect(told.count == 1 && told[0].contains("has the columns id, time, rise, price"))
  }

  @Test func anIndexChangesNoForecast() throws {
    let lines = Self.table().split(separator: "\n")
    let indexed = ([",\(lines[0])"] + lines.dropFirst().enumerated().map { "\($0),\($1)" })
    let (plain, plainScore) = try trained()
    let (task, score) = try trained(indexed.joined(separator: "\n") + "\n")
    #expect(score == plainScore)
    #expect(
      try task.predictions(indexed)[0].text == plain.predictions(lines.map(String.init))[0].text)
  }

  /// One series of one channel needs no names at all.
  @Test func aBareSeriesIsForecast() throws {
    let rows = (0..<40).map { "\(sin(Double($0)))\n" }
    let (task, _) = try trained(rows.joined(), ["data.target": ""])
    let text = try task.predictions(rows.map { String($0.dropLast()) })[0].text
    #expect(text.split(separator: "\n").compactMap { Double($0) }.count == 3)
  }

  @Test func standardizedChannelsAreMeasuredOnTheTrainingPart() throws {
    let (task, _) = try trained(
      Self.table(), ["data.standardize": "true", "data.normalize": "none"])
    let north = (0..<22).map(Double.init), south = (0..<30).map(Double.init)
    let rise = north + south
    let mean = rise.reduce(0, +) / Double(rise.count)
    #expect(abs(try #require(task.seriesFacts.channels.first).mean - mean) < 1e-6)
  }

  @Test(arguments: [
    (["data.window": "60"], "its longest series has 40 steps, expected at least 63"),
    (["data.season": "12"], "--window 12: expected more than --season 12"),
    (["data.target": ""], "has 2 columns of numbers: which is to be forecast?"),
    (["data.target": "price"], "--target price"), (["data.target": "id"], "holds no numbers there"),
    (["data.valid_fraction": "0.01"], "--valid-fraction 0.01 leaves"),
    (["data.every_step": "true"], "--window predicts once a series"),
    (["data.features": "3"], "--features has no effect"),
    (["data.layout": "channel"], "--layout has no effect"),
    (["model.quantiles": "0.1,0.9"], "has no effect without --loss quantile"),
    (["data.standardize": "true"], "--standardize has no effect"),
    (["model.loss": "quantile", "model.quantiles": "0.5,0.1"], "--quantiles 0.5,0.1"),
    (["model.loss": "quantile", "model.quantiles": "0.5,1"], "--quantiles 0.5,1"),
    (["data.window": "0"], "--horizon is for forecasts"),
    (
      ["data.window": "0", "data.horizon": "1", "data.season": "1", "data.normalize": "none"],
      "--normalize is for forecasts"
    ),
  ])
  func settingsThatMakeNoSenseAreRefused(settings: [String: String], message: String) throws {
    expectUserError(saying: message) { _ = try run(Self.table(), settings) }
  }

  @Test(arguments: [
    (["id,time,rise,price", "x,1,2,3"], "has the columns id, time, rise, price, expected"),
    (["id,time,rise,value", "x,1,2,3"], "'x' has 1 steps, expected at least 12 (--window)"),
    (["id,time,rise,value", "x,1,2,z"], "line 2, column 4: found 'z'"),
  ])
  func tablesThatDoNotFitAreRefused(lines: [String], message: String) throws {
    let (task, _) = try trained()
    expectUserError(saying: message) { _ = try task.predictions(lines) }
  }

  @Test func scoresAreThoseOfTheirDefinition() throws {
    var scores = ForecastScores(season: 2)
    scores.add(truth: [5, 7, 9], prediction: [6, 7, 7], history: [1, 2, 4, 3])
    // Again: 4, 3, 4. In the window: |4 - 1| and |3 - 2|, 2 on average.
    #expect(scores.meanAbsoluteError == 1 && scores.count == 3)
    #expect(abs(scores.rootMeanSquaredError - (5.0 / 3).squareRoot()) < 1e-12)
    #expect(scores.naiveMeanAbsoluteError == (1 + 4 + 5) / 3.0)
    #expect(scores.meanAbsoluteScaledError == 0.5)
    scores.add(truth: [1], prediction: [1], history: [1, 1, 1])
    #expect(scores.meanAbsoluteScaledError == 0.5, "what never changes does not count")
    var flat = ForecastScores(season: 1)
    flat.add(truth: [1], prediction: [2], history: [1, 1])
    #expect(flat.meanAbsoluteScaledError == nil)
  }
}
