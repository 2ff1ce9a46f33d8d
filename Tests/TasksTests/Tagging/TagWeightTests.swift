import Corpora
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Weights of classes, balance and smoothing where labels are tags, answers or tokens.
@Suite struct TagWeightTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// `x` is a name once in eight times.
  private static let columns =
    String(repeating: "x O\ny O\n\n", count: 7) + "x B-a\nz I-a\ny O\n\n"

  private func trained<Task: TrainingTask>(
    _ type: Task.Type, _ key: String, _ text: String, _ settings: [String: String]
  ) throws -> (task: Task, loss: Double) {
    let data = try folder.write(text, to: "data.txt")
    let run: TrainingRun<Task> = try .begun(
      at: folder.file("run-\(UUID().uuidString)"),
      [
        key: data.path, "data.valid": data.path, "model.hidden": "6", "train.updates": "60",
        "train.threads": "2", "train.batch": "3", "train.eval_every": "60", "optimizer.lr": "0.01",
      ], settings)
    var loss: Double?
    try run.train { if case .validated(let report) = $0 { loss = report.score.loss } }
    return (
      try Task.opened(in: run.folder, team: WorkerTeam(count: 1)), try #require(loss)
    )
  }

  /// How probable it is that `x` before `z` is no name.
  private func doubt(_ settings: [String: String]) throws -> Double {
    let base = ["train.word_dropout": "0", "model.embedding": "5"]
    let (task, _) = try trained(
      TaggingTask.self, "data.train", Self.columns, base.merging(settings) { $1 })
    var options = DecodingOptions()
    options.asked = ["--confidence"]
    options.showsConfidence = true
    try task.decode(options)
    let json = try task.predictions(["x y"])[0].json
    let (tag, share) = (
      try #require(json["tags"]?.array?.first?.string),
      try #require(json["confidences"]?.array?.first?.number)
    )
    return tag == "O" ? share : 1 - share
  }

  @Test(arguments: ["softmax", "sigmoid"]) func rareTagsWeighMore(head: String) throws {
    let weights = try folder.write(
      "B-a\t9\nI-a\t9\nI-NAME\t9\nO\t1\nI-unseen\t4\n", to: "weights.tsv")
    let head = ["model.head": head]
    let plain = try doubt(head)
    for settings in [
      ["data.class_weights": "balanced"], ["data.class_weights": weights.path],
      ["data.balance": "true"], ["data.label_smoothing": "0.5"],
    ] {
      #expect(try doubt(head.merging(settings) { $1 }) < plain - 0.02, "\(settings)")
    }
  }

  /// Whatever scheme is learnt, weights are of the tags in the files.
  @Test func weightsAreOfTheTagsInTheFiles() throws {
    let iobes = ["data.learn": "iobes", "model.head": "softmax"]
    try folder.write("B-a\t9\nI-a\t9\nO\t1\n", to: "weights.tsv")
    let file = ["data.class_weights": folder.file("weights.tsv").path]
    #expect(try doubt(iobes.merging(file) { $1 }) < doubt(iobes) - 0.02)
    try folder.write("E-a\t9\nB-a\t9\nO\t1\n", to: "weights.tsv")
    expectUserError(saying: "has no weight for the label 'I-a'") {
      _ = try doubt(iobes.merging(file) { $1 })
    }
  }

  @Test func aRandomFieldHasNone() throws {
    for (key, value) in [("class_weights", "balanced"), ("label_smoothing", "0.1")] {
      expectUserError(saying: "a conditional random field scores whole sentences") {
        _ = try doubt(["model.head": "crf", "data.\(key)": value])
      }
    }
    #expect(
      try doubt(["model.head": "crf", "data.balance": "true"]) < doubt(["model.head": "crf"]))
  }

  /// Validation goes by the plain loss: the nearer the weights are to it, the lower it is.
  @Test func answersWeighToo() throws {
    let stories =
      String(repeating: "1 Mary is here .\n2 Where is Mary ?\there\n", count: 7)
      + "1 Mary is here .\n2 Where is Mary ?\tthere\n"
    func probability(_ settings: [String: String]) throws -> (rare: Double, loss: Double) {
      let (task, loss) = try trained(AnsweringTask.self, "data.stories", stories, settings)
      let lines = ["1 Mary is here .", "2 Where is Mary ?"]
      let json = try task.predictions(lines)[0].json
      let share = try #require(json["probability"]?.number)
      return (json["answer"]?.string == "there" ? share : 1 - share, loss)
    }
    let plain = try probability([:])
    for settings in [
      ["data.class_weights": "balanced"], ["data.balance": "true"], ["data.label_smoothing": "0.5"],
    ] {
      let other = try probability(settings)
      #expect(other.rare > plain.rare + 0.02, "\(settings)")
      #expect(other.loss > plain.loss, "\(settings)")
      let expected = -(7 * log(1 - other.rare) + log(other.rare)) / 8
      #expect(abs(other.loss - expected) < 1e-4, "\(settings)")
    }
  }

  /// Half of what is asked for is any token: the loss can be no lower than that leaves.
  @Test func translationsAreSmoothed() throws {
    let pairs = String(repeating: "a b\tx y\nb\ty\n", count: 4)
    func loss(_ smoothing: String) throws -> Double {
      try trained(
        TranslationTask.self, "data.pairs", pairs,
        [
          "train.label_smoothing": smoothing, "model.embedding": "5", "optimizer.lr": "0.03",
          "train.updates": "120",
        ]
      ).loss
    }
    let plain = try loss("0")
    #expect(plain < 0.1)
    // x, y, the unknown token and the end: the right one has 1/2 + 1/8 at best.
    let smoothed = try loss("0.5")
    #expect(abs(smoothed + log(0.625)) < 0.1, "\(smoothed)")
  }
}
