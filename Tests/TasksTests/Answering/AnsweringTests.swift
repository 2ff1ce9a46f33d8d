import Foundation
import TestSupport
import Testing
import Unroll

/// Question answering from files to a trained model, on stories that the tests generate.
@Suite struct AnsweringTests {
  // MARK: Learning

  @Test(arguments: [
    [:], ["model.encoder": "position"], ["model.fusion": "8", "train.epochs": "60"],
    ["model.cell": "lstm", "model.hops": "2", "model.attention": "scaled-dot"],
  ])
  func learns(options: [String: String]) throws {
    let folder = try TemporaryFolder()
    let answerer = try train(folder, options)
    let url = try folder.write(StoryGrammar.stories(400..<500), to: "test.txt")
    let score = try answerer.evaluate([url]).score
    #expect(try #require(score["accuracy"]) >= 0.95, "\(score.text)")
    #expect(score.count == 200)
  }

  /// What two files say is learnt together, and each file has an accuracy of its own.
  @Test func learnsSeveralFilesJointly() throws {
    let folder = try TemporaryFolder()
    let sheep = (0..<40).map { _ in
      "1 Sheep fear wolves.\n2 Cats fear dogs.\n3 What do sheep fear?\twolf\n4 What do cats fear?\tdog\n"
    }.joined()
    let animals = try folder.write(sheep, to: "animals.txt")
    let answerer = try train(folder, more: [animals])
    let files = [try folder.write(StoryGrammar.stories(400..<500), to: "test.txt"), animals]
    let evaluation = try answerer.evaluate(files)
    #expect(try #require(evaluation.score["accuracy"]) >= 0.95, "\(evaluation.score.text)")
    #expect(evaluation.report.contains("of 200  "), "\(evaluation.report)")
    #expect(evaluation.report.contains("100.00 %  80 of 80  \(animals.relativePath)"))
    guard case .array(let objects) = evaluation.json["files"], objects.count == 2 else {
      Issue.record("\(evaluation.json)")
      return
    }
    #expect(objects[1]["count"] == .integer(80))
    #expect(objects[1]["file"] == .string(files[1].relativePath))
  }

  /// The answer to a question follows from the sentences before it, and the attention shows which.
  @Test func predictsLineByLine() throws {
    let folder = try TemporaryFolder()
    let answerer = try train(folder)
    let predictions = try answerer.predictions([
      "1 Mary went to the kitchen.", "2 John moved to the hall.", "3 Where is Mary?",
      "4 Mary moved to the garden.", "5 Where is Mary?\tnowhere", "", "1 Ada went to the office.",
      "2 Where is Ada?", "3 Where is Zeno?",
    ])
    #expect(predictions.prefix(3).map(\.text) == ["kitchen", "garden", "office"])
    #expect(predictions.count == 4)
    let json = predictions[1].json
    #expect(json["answer"] == .string("garden"))
    #expect(json["question"] == .string("where is mary ?"))
    guard case .array(let sentences) = json["sentences"], case .array(let hops) = json["attention"]
    else {
      Issue.record("\(json)")
      return
    }
    #expect(sentences.count == 3 && hops.count == 3)
    for hop in hops {
      guard case .array(let weights) = hop else { continue }
      #expect(weights.count == 3)
    }
  }

  /// What is said to a question does not depend on those that came with it.
  @Test(arguments: ["rnn", "bag"])
  func questionsDoNotKnowEachOther(encoder: String) throws {
    let folder = try TemporaryFolder()
    let answerer = try train(
      folder, ["train.updates": "20", "model.encoder": encoder, "model.fusion": "5"])
    let lines = StoryGrammar.stories(400..<420).split(separator: "\n").map(String.init)
    let together = try answerer.predictions(lines).map { "\($0.json)" }
    #expect(together.count == 40)
    #expect(together == (try answerer.predictions(lines, atOnce: false).map { "\($0.json)" }))
  }

  /// An answer that was never trained counts as wrong and is told.
  @Test func unknownAnswersAreWrong() throws {
    let folder = try TemporaryFolder()
    let answerer = try train(folder)
    let url = try folder.write(
      "1 Mary went to the hall.\n2 Where is Mary?\thall\n3 Where is Mary?\tmoon\n", to: "t.txt")
    let evaluation = try answerer.evaluate([url])
    #expect(evaluation.score["accuracy"] == 0.5)
    #expect(evaluation.score.loss.isFinite)
    #expect(
      evaluation.report.contains(
        "1 answer was never trained and can only be wrong, the first 'moon' at '\(url.path)' line 3"
      ))
  }

  // MARK: Data

  /// Whole stories are held out, of each file its share.
  @Test func holdsOutWholeStories() throws {
    let folder = try TemporaryFolder()
    let files = [
      try folder.write(StoryGrammar.stories(0..<300), to: "a.txt"),
      try folder.write(StoryGrammar.stories(300..<400), to: "b.txt"),
    ]
    let corpus = try StoryCorpus.read(files, form: WordForm())
    let (training, validation) = try corpus.divided(HeldOut(fraction: 0.2, seed: 1))
    let heldOut = try #require(validation)
    #expect(training.questions.count == 640)
    #expect(heldOut.questions.count { $0.file == 0 } == 120)
    #expect(heldOut.questions.count { $0.file == 1 } == 40)
    #expect(
      Set(training.questions.map(\.story)).isDisjoint(with: Set(heldOut.questions.map(\.story))))
  }

  @Test func oneAnswerIsNoChoice() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("1 x\n2 q?\ta\n3 y\n4 q?\ta\n", to: "one.txt")
    let error = try #require(throws: UserError.self) {
      try TrainingRun<AnsweringTask>(
        Self.settings([url], ["data.valid_fraction": "0"]),
        folder: RunFolder.plan(at: folder.file("run")))
    }
    #expect(error.message.contains("all questions have the answer 'a'"))
  }

  // MARK: Runs

  /// Stopped in the middle of an epoch, and continued with another number of threads: the best
  /// weights and all that a checkpoint holds are the same, bit for bit.
  @Test(arguments: ["rnn", "position"])
  func resumingEqualsNeverStopping(encoder: String) throws {
    let folder = try TemporaryFolder()
    let settings = try Self.settings(
      try stories(in: folder),
      [
        "model.encoder": encoder, "model.fusion": "5", "train.updates": "60",
        "train.threads": "1", "model.dropout": "0.2", "train.empty_sentences": "0.2",
      ])
    let straight = try RunFolder.plan(at: folder.file("straight"))
    try begin(settings, straight).train(stopAt: .max)
    let stopped = try RunFolder.plan(at: folder.file("stopped"))
    #expect(try begin(settings, stopped).train(stopAt: 9) == .interrupted)
    #expect(
      try TrainingRun<AnsweringTask>.resumed(stopped, ["train.threads": "3"]).train(stopAt: 44)
        == .interrupted)
    #expect(
      try TrainingRun<AnsweringTask>.resumed(stopped, ["train.threads": "2"]).train(stopAt: .max)
        == .finished)
    try expectEqualTensors(straight.checkpoint(update: 60), stopped.checkpoint(update: 60))
    try expectEqualTensors(straight.model, stopped.model)
  }

  /// Sentences that look older than they are change what is learnt.
  @Test func emptySentencesChangeTheAges() throws {
    let folder = try TemporaryFolder()
    let files = try stories(in: folder)
    let weights = try ["0", "0.3"].map { rate in
      let run = try begin(
        Self.settings(files, ["train.updates": "5", "train.empty_sentences": rate]),
        RunFolder.plan(at: folder.file("run-\(rate)")))
      try run.train(stopAt: .max)
      return try #require(run.task.parameters.parameter(named: "age.weight")).values
    }
    #expect(weights[0] != weights[1])
  }

  @Test func otherDataAreRefused() throws {
    let folder = try TemporaryFolder()
    let run = try begin(
      Self.settings(try stories(in: folder), ["train.updates": "3"]),
      RunFolder.plan(at: folder.file("run")))
    try run.train(stopAt: .max)
    try folder.write(
      "1 A new word.\n2 Where?\tmoon\n" + StoryGrammar.stories(0..<300), to: "train.txt")
    let error = try #require(throws: UserError.self) {
      try TrainingRun<AnsweringTask>.resumed(run.folder, ["train.threads": "1"])
    }
    #expect(error.message.contains("the data has changed"))
  }

  // MARK: Support

  private func stories(in folder: TemporaryFolder) throws -> [URL] {
    [try folder.write(StoryGrammar.stories(0..<400), to: "train.txt")]
  }

  private static func settings(
    _ files: [URL], _ more: [String: String]
  ) throws -> ResolvedSettings {
    let base = [
      "model.cell": "gru", "model.hidden": "16", "model.embedding": "16",
      "model.bidirectional": "true", "model.init": "normal:0.1", "train.batch": "16",
      "train.epochs": "30", "train.threads": "2",
      "optimizer.lr": "0.01",
    ]
    return try AnsweringTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) }
        + [SettingsOverride("data.stories", .strings(files.map(\.path)))])
  }

  private func train(
    _ folder: TemporaryFolder, _ options: [String: String] = [:], more: [URL] = []
  ) throws -> AnsweringTask {
    let files = try stories(in: folder) + more
    let run = try begin(
      Self.settings(files, options), RunFolder.plan(at: folder.file("run")))
    try run.train(stopAt: .max)
    return try AnsweringTask.opened(in: run.folder, team: WorkerTeam(count: 2))
  }

  private func begin(
    _ settings: ResolvedSettings, _ folder: RunFolder
  ) throws -> TrainingRun<AnsweringTask> {
    let run = try TrainingRun<AnsweringTask>(settings, folder: folder)
    try run.begin()
    return run
  }
}
