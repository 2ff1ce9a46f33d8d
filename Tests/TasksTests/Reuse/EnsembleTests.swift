import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Several models say together what the mean of their probabilities says.
@Suite struct EnsembleTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    StandardTasks.register()
  }

  private func trained<Task: TrainingTask>(
    _ name: String, _ settings: [String: String]
  ) throws -> (folder: RunFolder, task: Task) {
    let common = [
      "train.updates": "6", "train.batch": "4", "data.valid_fraction": "0", "optimizer.lr": "0.1",
    ]
    let run = try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: common.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    try run.train(stopAt: .max)
    return (run.folder, try Task.opened(in: run.folder, team: WorkerTeam(count: 2)))
  }

  private func classifiers(_ settings: [String: String]) throws -> [ClassificationTask] {
    let data = try folder.write(
      "a\tx y\nb\ty z\nc\tz z x\na\tx\nb\ty y\nc\tz\n", to: "texts.tsv")
    // Shapes may differ.
    return try ["5", "3", "8"].map { hidden in
      let all = settings.merging([
        "data.train": data.path, "model.hidden": hidden, "model.embedding": "4",
        "train.seed": hidden,
      ]) { $1 }
      return try trained("run-\(hidden)-\(settings.count)", all).task
    }
  }

  private func probabilities(_ task: ClassificationTask) throws -> [Double] {
    let json = try task.predictions(["x z y"])[0].json
    return try ["a", "b", "c"].map { try #require(json["probabilities"]?[$0]?.number) }
  }

  @Test(arguments: [[:], ["data.multi_label": "true"]])
  func probabilitiesAreAveraged(settings: [String: String]) throws {
    let tasks = try classifiers(settings)
    let alone = try tasks.map(probabilities)
    tasks[0].join([tasks[1], tasks[2]])
    for (place, found) in try probabilities(tasks[0]).enumerated() {
      let mean = alone.reduce(0) { $0 + $1[place] } / 3
      #expect(abs(found - mean) < 1e-5, "\(found), expected \(mean)")
    }
    #expect(Set(alone.map { $0[0] }).count == 3)
  }

  @Test func numbersAreAveraged() throws {
    let data = try folder.write("1,0.1,0.2\n3,0.5,0.1,0.7\n2,0.9\n", to: "rows.csv")
    let tasks: [RegressionTask] = try ["4", "7"].map {
      try trained("run-\($0)", ["data.train": data.path, "model.hidden": $0, "train.seed": $0]).task
    }
    func number(_ task: RegressionTask) throws -> Double {
      try #require(try task.predictions(["0.3,0.6"])[0].json["prediction"]?.array?[0].number)
    }
    let alone = try tasks.map(number)
    try tasks[0].join([tasks[1]])
    #expect(abs(try number(tasks[0]) - (alone[0] + alone[1]) / 2) < 1e-5)
    #expect(alone[0] != alone[1])
    let quantile: RegressionTask = try trained(
      "quantile", ["data.train": data.path, "model.hidden": "4", "model.loss": "quantile"]
    ).task
    for pair in [[quantile, tasks[0]], [tasks[0], quantile]] {
      expectUserError(saying: "do not predict the same") { try pair[0].join([pair[1]]) }
    }
  }

  /// Outputs of hardly trained runs cross, and each run shows its own in order: so does their mean.
  @Test func quantilesAreAveragedInOrder() throws {
    let data = try folder.write("1,0.1,0.2\n3,0.5,0.1,0.7\n2,0.9\n", to: "rows.csv")
    let tasks: [RegressionTask] = try ["1", "2", "3", "4"].map {
      try trained(
        "run-\($0)",
        [
          "data.train": data.path, "model.hidden": "5", "train.seed": $0, "train.updates": "1",
          "optimizer.lr": "1e-6", "model.loss": "quantile",
        ]
      ).task
    }
    func quantiles(_ task: RegressionTask) throws -> [[Double]] {
      try task.predictions(["0.3,0.6", "2,-1", "-3"]).map {
        $0.text.split(separator: ",").compactMap { Double($0) }
      }
    }
    let alone = try tasks.map(quantiles)
    try tasks[0].join(Array(tasks[1...]))
    for (row, found) in try quantiles(tasks[0]).enumerated() {
      #expect(found.count == 3)
      for place in found.indices {
        let mean = alone.reduce(0) { $0 + $1[row][place] } / 4
        #expect(abs(found[place] - mean) < 1e-5, "\(found[place]), expected \(mean)")
      }
    }
  }

  /// The probability of a sentence is the product over words of the mean of the models'.
  @Test func wordsAreScoredTogether() throws {
    let text = try folder.write("a b c\nb a\nc c a b\n", to: "text.txt")
    let tasks: [LanguageModelTask] = try ["4", "6"].map {
      try trained(
        "run-\($0)",
        [
          "data.text": text.path, "data.tokens": "word", "model.hidden": $0, "train.seed": $0,
          "train.batch": "1", "train.steps": "4", "model.layers": "1",
        ]
      ).task
    }
    let sentences = ["c b a", "", "b unseen"]
    let logs = try tasks.map { task in
      try sentences.map { sentence in
        let ids = try task.vocabulary.encode("\n\(sentence)\n")
        return TextLikelihoods(task.model, team: WorkerTeam(count: 2), maximumRows: 2)
          .tokenLogProbabilities([ids])[0]
      }
    }
    let alone = try tasks.map { try $0.score(sentences).map(\.logProbability) }
    for (task, scores) in zip(logs, alone) {
      for (words, score) in zip(task, scores) { #expect(abs(words.reduce(0, +) - score) < 1e-9) }
    }
    tasks[0].join([tasks[1]])
    for (index, score) in try tasks[0].score(sentences).enumerated() {
      let means = zip(logs[0][index], logs[1][index]).map { log((exp($0) + exp($1)) / 2) }
      let expected: Double = means.reduce(0, +)
      #expect(abs(score.logProbability - expected) < 1e-9)
      #expect(score.tokens == logs[0][index].count)
    }
  }

  /// What one alone knows is found in whichever order they stand.
  @Test func whatOneAloneReadsIsFound() throws {
    let data = try folder.write("x A\ny B\n\nz A\n", to: "tags.conll")
    let taggers = try ["0", "3"].map { characters in
      let found: (folder: RunFolder, task: TaggingTask) = try trained(
        "tagger-\(characters)",
        ["data.train": data.path, "model.characters": characters, "train.updates": "1"])
      return (folder: found.folder, task: found.task as any TrainingTask)
    }
    for pair in [taggers, taggers.reversed()] {
      expectUserError(saying: "is in one alone") {
        try RunAgreement.check(pair.map { ($0.folder, $0.task) }, shapes: false)
      }
    }
  }

  /// Runs that read otherwise are named, with what differs.
  @Test func othersAreRefused() throws {
    func run(_ name: String, _ texts: String, _ settings: [String: String] = [:]) throws -> (
      folder: RunFolder, task: any TrainingTask
    ) {
      let data = try folder.write(texts, to: "\(name).tsv")
      let found: (folder: RunFolder, task: ClassificationTask) = try trained(
        name, settings.merging(["data.train": data.path, "train.updates": "1"]) { $1 })
      return found
    }
    let first = try run("first", "a\tx y\nb\ty z\n")
    for (other, words) in [
      (try run("label", "a\tx y\nc\ty z\n"), "labels.txt differs"),
      (try run("word", "a\tx y\nb\ty q\n"), "vocabulary.json differs"),
      (try run("case", "a\tx y\nb\ty z\n", ["data.lowercase": "true"]), "data.lowercase is true"),
    ] {
      let error = #expect(throws: UserError.self) {
        try RunAgreement.check([first, other], shapes: false)
      }
      #expect(error?.kind == .usage)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    let wide = try run("wide", "a\tx y\nb\ty z\n", ["model.hidden": "9"])
    try RunAgreement.check([first, wide], shapes: false)
    let error = #expect(throws: UserError.self) {
      try RunAgreement.check([first, wide], shapes: true)
    }
    #expect(
      error?.message.contains("rnn.weight_ih_l0 is [36, 128]") == true, "\(error?.message ?? "")")
  }
}
