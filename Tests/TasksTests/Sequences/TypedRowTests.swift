import Compute
import Corpora
import Foundation
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What stands over rows that are piped in, or in front of them, is no series; every line has its answer.
@Suite struct TypedRowTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trained<Task: TrainingTask>(
    _ text: String, _ settings: [String: String] = [:]
  ) throws -> Task {
    let base = [
      "data.train": try folder.write(text, to: "train.csv").path, "data.valid_fraction": "0",
      "model.hidden": "5", "train.updates": "2", "train.threads": "1",
    ]
    let run = try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file("run-\(UUID().uuidString)")))
    try run.begin()
    _ = try run.train { _ in }
    return try Task.opened(in: run.folder, team: WorkerTeam(count: 1))
  }

  /// Whether each line has an answer, and what is told.
  private func answers(
    _ task: some Predicting, _ lines: [String]
  ) throws -> (isAnswered: [Bool], told: [String]) {
    var (rest, found, told) = (lines[...], [Bool](), [String]())
    func tell(_ error: UserError) { told.append(error.message) }
    try task.predict({ rest.popFirst() }, isReady: { true }, skip: tell, tell: tell) {
      found.append(!$0.text.isEmpty)
    }
    #expect(found.count == lines.count)
    return (found, told)
  }

  private static let rows = "u,1,2,3.5\nv,3,2,1\nu,1,2,4\nv,4,2,1\n"

  @Test(arguments: [
    // What the training table called its columns, and what pandas calls those that have no names.
    ("l,x,y,z\n", "x,y,z"), ("l,0,1,2\n", "0,1,2"), ("0,1,2,3\n", "1,2,3"),
    ("0,1,2,3\n", "\"1\",\"2\",\"3\""), ("0,1,2,3\n", "0,1,2"), ("", "0,1,2"),
    ("l,x,y,z\n", "0;1;2"), ("l,x,y,z\n", "0\t1\t2\t3"),
  ])
  func namesOfColumnsAreNoSeries(header: String, names: String) throws {
    let task: ClassificationTask = try trained(header + Self.rows)
    let (isAnswered, told) = try answers(task, ["", names, "1,2,3", names, "3,2,1"])
    // What was no first row is one like others.
    #expect(isAnswered[1...2] == [false, true] && isAnswered[4])
    #expect(told.count { $0.contains("line 2: found the names of columns") } == 1)
  }

  /// Columns that are called by numbers make no names of the numbers in a first row.
  @Test func numbersAreASeriesWhateverColumnsAreCalled() throws {
    let task: ClassificationTask = try trained("0,1,2,3\n" + Self.rows)
    for first in ["3,2,1", "1,5,6", "2,7.5,1"] {
      #expect(try answers(task, [first, "1,2,3"]).isAnswered == [true, true], "\(first)")
    }
  }

  @Test func labelsBeforeTextsAreTold() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("pos\ta good film\nneg\ta bad one\n", to: "texts.tsv")
    let settings = [
      "data.train": data.path, "train.updates": "1", "train.threads": "1",
      "data.valid_fraction": "0", "model.hidden": "3",
    ]
    let run = try TrainingRun<ClassificationTask>(
      ClassificationTask.schema.resolve(
        overrides: settings.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file("run")))
    try run.begin()
    try run.train { _ in }
    let (isAnswered, told) = try answers(
      run.task, ["a good one", "pos\ta good one", "so\tso", "neg"])
    #expect(isAnswered == [true, true, true, true])
    #expect(told.count == 1 && told[0].contains("line 2: the label 'pos' is read as a part"))
  }

  @Test func aFirstRowOfNumbersIsASeriesElsewhere() throws {
    let task: ClassificationTask = try trained("l,x,y,z\n" + Self.rows)
    for row in ["1,2,3", "0,1,3", "0.0,1.0,2.0", "2,1,0"] {
      let (isAnswered, told) = try answers(task, [row, "3,2,1"])
      #expect(isAnswered == [true, true] && told.isEmpty, "\(row)")
    }
    let short: RegressionTask = try trained("9,5,6\n8,6,5\n")
    #expect(try answers(short, ["0,1"]).isAnswered == [true])
  }

  /// pandas writes an index in front of the rows; its numbers would be read as the first of each series.
  @Test(arguments: [",0,1,2", ",x,y,z", "\"\",0,1,2", ",l,0,1"])
  func numbersOfRowsAreNotReadAsSeries(names: String) throws {
    let task: ClassificationTask = try trained(Self.rows)
    let (isAnswered, told) = try answers(task, [names, "0,1,2,3", "1,3,2,1"])
    #expect(isAnswered == [false, false, false] && told.count == 3)
    #expect(told.allSatisfy { $0.contains("as if it numbered the rows") })
  }

  @Test func seriesOfAnotherLengthAreTold() throws {
    let task: ClassificationTask = try trained(
      "u,1,2,3,4\nv,4,3,2,1\n", ["data.features": "2"])
    let (isAnswered, told) = try answers(task, ["1,2,3,4", "1,2,3,4,5,6", "1,2"])
    #expect(isAnswered == [true, true, true])
    #expect(
      told == [
        "standard input line 2: found 6 numbers, each row of the training data had 4",
        "standard input line 3: found 2 numbers, each row of the training data had 4",
      ])
    #expect(try task.predictions(["1,2"]).count == 1)
    // Where lengths differ any may come, and where each step has an answer a beginning may.
    let ragged: ClassificationTask = try trained("u,1,2,3\nv,4,3\n")
    #expect(try answers(ragged, ["1,2,3,4"]).told.isEmpty)
    let steps: RegressionTask = try trained(
      "1,2,3\n3,2,1\n", ["data.every_step": "true"])
    #expect(try answers(steps, ["1,2"]).told.isEmpty)
  }

  @Test func targetsHaveNamesToo() throws {
    for (table, names) in [
      ("y,0,1\n0.5,1,2\n0.7,2,1\n", "0,1"), ("y,a,b\n0.5,1,2\n0.7,2,1\n", "a,b"),
    ] {
      let task: RegressionTask = try trained(table)
      let (isAnswered, told) = try answers(task, [names, "1,2"])
      #expect(isAnswered == [false, true] && told.count == 1, "\(names)")
    }
  }

  /// The names that a run knows are known in what it is measured on.
  @Test func namesThatTheRunKnowsAreNoExamples() throws {
    let table = "0,1,2\n0.5,1,2\n0.7,2,1\n"
    let whole = try folder.write("0,1,2\n5,1,2\n7,2,1\n4,4,4\n", to: "test.csv")
    let named: RegressionTask = try trained(table)
    #expect(try named.evaluate([whole]).score.count == 3)
    let bare: RegressionTask = try trained("0.5,1,2\n0.7,2,1\n")
    #expect(try bare.evaluate([whole]).score.count == 4)
    let valid: RegressionTask = try trained(
      table, ["data.valid": whole.path, "train.eval_every": "1"])
    #expect(valid.seriesFacts.names == ["1", "2"])
  }

  @Test func dataOfAnotherKindAreRefused() throws {
    let series: ClassificationTask = try trained(Self.rows)
    let texts = try folder.write("u\ta b\nv\tb\n", to: "texts.tsv")
    expectUserError(saying: "found texts, expected series of 1 number a step") {
      _ = try series.evaluate([texts])
    }
    let words: ClassificationTask = try trained("", ["data.train": texts.path])
    expectUserError(saying: "found series of 1 number a step, expected texts") {
      _ = try words.evaluate([folder.write(Self.rows, to: "rows.csv")])
    }
    let steps = try folder.write("@classLabel true u v\n@data\n1,2:2,1:u\n3,4:1,1:v\n", to: "a.ts")
    expectUserError(saying: "found series of 2 numbers a step, expected series of 1") {
      _ = try series.evaluate([steps])
    }
  }

  /// Labels that were never trained, and no other: all are wrong, and no loss is the mean of any.
  @Test func labelsThatWereNeverTrainedHaveNoLoss() throws {
    let task: ClassificationTask = try trained(Self.rows)
    let evaluation = try task.evaluate([folder.write("w,1,2,3\nw,3,2,1\n", to: "test.csv")])
    #expect(evaluation.score.loss.isNaN && evaluation.score["accuracy"] == 0)
    #expect(evaluation.score.count == 2)
  }
}
