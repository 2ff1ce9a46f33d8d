import Autodiff
import Compute
import Foundation
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Trainings with n-grams beside the network, and what they refuse.
@Suite struct NGramRunTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    StandardTasks.register()
  }

  private static let ngrams = [
    "model.output": "hierarchical", "model.maxent_order": "3", "model.maxent_size": "2^13",
  ]

  /// The tokens before are kept as numbers of a state, which are no longer told apart beyond 2²⁴.
  @Test func vocabulariesThatStatesCannotHoldAreRefused() throws {
    var model = LanguageModelSettings.Model()
    model.maxentOrder = 3
    let error = #expect(throws: UserError.self) {
      try model.configuration(vocabularySize: 1 << 24)
    }
    #expect(error?.message.contains("--maxent-order 3 tells 16777215 tokens apart") == true)
    #expect(Float(1 << 24) == Float(1 << 24) + 1 && Float((1 << 24) - 1) + 1 == Float(1 << 24))
  }

  private func run(
    _ name: String, _ text: String, _ settings: [String: String] = ngrams
  ) throws -> TrainingRun<LanguageModelTask> {
    let file = try folder.write(text, to: "\(name).txt")
    let own = [
      "data.text": file.path, "data.tokens": "word", "data.valid_fraction": "0",
      "model.hidden": "7", "model.embedding": "5", "model.layers": "1", "train.steps": "3",
      "train.batch": "2", "train.updates": "5", "train.threads": "2",
    ]
    let run = try TrainingRun<LanguageModelTask>(
      LanguageModelTask.schema.resolve(
        overrides: own.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    return run
  }

  private func table(_ task: LanguageModelTask) throws -> [Float] {
    try #require(task.parameters.parameter(named: "output.ngrams.weight")).values
  }

  /// A hash means something for the same words and the same tree only.
  @Test func weightsGoToRunsOfTheSameWords() throws {
    let text = "a b c a b d a b c e\n"
    let source = try run("source", text)
    try source.train(stopAt: .max)
    let trained = try LanguageModelTask.opened(in: source.folder, team: WorkerTeam(count: 1))
    #expect(try table(trained).contains { $0 != 0 })
    let from = Self.ngrams.merging(["train.from": source.folder.url.path]) { $1 }
    #expect(try table(run("same", text, from).task) == table(trained))
    // The same words, of which another is the most frequent one.
    let other = try run("other", "a b c a b d a b c e\ne d d d d d d\n", from)
    #expect(try table(other.task).allSatisfy { $0 == 0 })
    let told = try #require(other.warmStart?.first { $0.contains("output.ngrams.weight: new") })
    #expect(told.contains("n-grams of "))
  }

  @Test func whatDoesNotGoTogetherIsRefused() throws {
    let text = "a b c a b d\n"
    for output in ["full", "adaptive", "sampled", "nce"] {
      expectUserError(saying: "--maxent-order 3", "'\(output)'", "--output hierarchical") {
        _ = try run("run", text, Self.ngrams.merging(["model.output": output]) { $1 })
      }
    }
    expectUserError(saying: "--maxent-size", "--maxent-order 4") {
      _ = try run("run", text, Self.ngrams.merging(["model.maxent_order": "0"]) { $1 })
    }
    for size in ["0", "2^31", "2^", "3^2", "2^-1", "2^64"] {
      expectUserError(saying: "model.maxent_size", "from 1 to 2147483647") {
        _ = try run("run", text, Self.ngrams.merging(["model.maxent_size": size]) { $1 })
      }
    }
  }

  /// No graph has a hash of tokens.
  @Test func graphsAreRefused() throws {
    let run = try run("run", "a b c a b d a b c e\n")
    try run.train(stopAt: .max)
    let task: any TrainingTask = try LanguageModelTask.opened(
      in: run.folder, team: WorkerTeam(count: 1))
    let exporting = try #require(task as? any GraphExporting)
    expectUserError(saying: "n-grams of 3 tokens", "--maxent-order") { _ = try exporting.graphs() }
  }
}
