import Foundation
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Translators whose outputs learn from drawn tokens, have clusters, or decide down a tree.
@Suite struct TranslationOutputTests {
  private func settings(_ more: [String: String]) throws {
    let base = ["data.pairs": "pairs.tsv"]
    _ = try TranslationTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) }
    ).settings(as: TranslationSettings.self).checkAll()
  }

  @Test func whatDoesNotGoTogetherIsRefused() throws {
    for output in ["sampled", "nce"] {
      try settings(["model.output": output, "model.tie": "decoder"])
      expectUserError(saying: "--tie all", "--tie decoder") {
        try settings([
          "model.output": output, "model.tie": "all", "data.share_vocabulary": "true",
        ])
      }
    }
    for output in ["adaptive", "hierarchical"] {
      try settings(["model.output": output])
      expectUserError(saying: "--output \(output) has none", "drop one") {
        try settings(["model.output": output, "model.tie": "decoder"])
      }
    }
    // Whether they divide the vocabulary is not known yet.
    try settings(["model.output": "adaptive", "model.cutoffs": "['300', '4000']"])
    expectUserError(saying: "--cutoffs", "--output adaptive") {
      try settings(["model.cutoffs": "['3']"])
    }
    for output in ["adaptive", "sampled", "nce", "hierarchical"] {
      expectUserError(saying: "scheduled sampling", "--output \(output)") {
        try settings(["model.output": output, "train.scheduled_sampling": "0.1"])
      }
      expectUserError(saying: "--label-smoothing", "--output \(output)") {
        try settings(["model.output": output, "train.label_smoothing": "0.1"])
      }
    }
    // Ids are ranks of a vocabulary without a stop symbol.
    expectUserError(saying: "model.noise") { try settings(["model.noise": "log-uniform"]) }
  }

  /// Tree and clusters are made of the training pairs' targets, each with its end, and kept.
  @Test(arguments: ["adaptive", "hierarchical"])
  func countsAreThoseOfTargets(output: String) throws {
    let folder = try TemporaryFolder()
    let pairs = try folder.write("a b\tx y\nb\ty\nb a\ty y z\n", to: "pairs.tsv")
    let run = try TrainingRun<TranslationTask>(
      TranslationTask.schema.resolve(
        overrides: [
          "data.pairs": pairs.path, "data.valid_fraction": "0", "model.output": output,
          "model.hidden": "4", "model.embedding": "3", "train.updates": "2",
          "train.threads": "1",
        ].map { SettingsOverride($0, text: $1) }), folder: .plan(at: folder.file("run")))
    try run.begin()
    let tokens = try #require(
      run.task.namedAxes.first { $0.parameter == "target_embedding.weight" }
    ).names
    let counts = try String(contentsOf: run.folder.counts, encoding: .utf8)
      .split(separator: "\n").map { try #require(Int($0)) }
    let expected = ["x": 1, "y": 4, "z": 1]
    #expect(counts == tokens.dropLast(2).map { expected[$0] ?? 0 } + [3, 0])
    try run.train(stopAt: .max)
    let trained = try TranslationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    guard output == "adaptive" else { return }
    // y and the end of a target are the most frequent.
    for task in [run.task, trained] {
      let head = task.namedAxes.first { $0.parameter == "output.head.weight" }
      #expect(head?.names.prefix(2) == ["y", "\u{0}stop"])
      let last = task.namedAxes.last { $0.parameter.hasPrefix("output.tail.") }
      #expect(last?.names.last == "\u{0}start")
    }
  }

  /// Told when the vocabulary is known, before anything is learnt.
  @Test func cutoffsDivideTheVocabulary() throws {
    let folder = try TemporaryFolder()
    let pairs = try folder.write("a b\tx y\nb\ty\nb a\ty y z\n", to: "pairs.tsv")
    func begin(_ cutoffs: String) throws {
      try TrainingRun<TranslationTask>(
        TranslationTask.schema.resolve(
          overrides: [
            "data.pairs": pairs.path, "data.valid_fraction": "0", "model.output": "adaptive",
            "model.cutoffs": cutoffs, "train.threads": "1",
          ].map { SettingsOverride($0, text: $1) }), folder: .plan(at: folder.file("run"))
      ).begin()
    }
    // x, y, z, the end of a line, an unknown word, stop and start.
    expectUserError(saying: "--cutoffs 2 7", "from 1 to 6") { try begin("['2', '7']") }
    try begin("['2', '6']")
  }
}
