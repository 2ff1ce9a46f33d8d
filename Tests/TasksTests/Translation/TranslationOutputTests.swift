import Foundation
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Translators whose outputs learn from drawn tokens, or decide down a tree.
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
    try settings(["model.output": "hierarchical"])
    expectUserError(saying: "--output hierarchical has none", "drop one") {
      try settings(["model.output": "hierarchical", "model.tie": "decoder"])
    }
    for output in ["sampled", "nce", "hierarchical"] {
      expectUserError(saying: "scheduled sampling", "--output \(output)") {
        try settings(["model.output": output, "train.scheduled_sampling": "0.1"])
      }
      expectUserError(saying: "--label-smoothing", "--output \(output)") {
        try settings(["model.output": output, "train.label_smoothing": "0.1"])
      }
    }
    // Clusters and ranks are those of a vocabulary without a stop symbol.
    for (key, value) in [
      ("model.output", "adaptive"), ("model.cutoffs", "['3']"), ("model.noise", "log-uniform"),
    ] {
      expectUserError(saying: key) { try settings([key: value]) }
    }
  }

  /// The tree is made of the training pairs' targets, each with its end, and kept.
  @Test func countsAreThoseOfTargets() throws {
    let folder = try TemporaryFolder()
    let pairs = try folder.write("a b\tx y\nb\ty\nb a\ty y z\n", to: "pairs.tsv")
    let run = try TrainingRun<TranslationTask>(
      TranslationTask.schema.resolve(
        overrides: [
          "data.pairs": pairs.path, "data.valid_fraction": "0", "model.output": "hierarchical",
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
    _ = try TranslationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
  }
}
