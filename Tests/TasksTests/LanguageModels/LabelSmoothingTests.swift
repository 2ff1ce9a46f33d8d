import Foundation
import Measures
import Runs
import Tasks
import TestSupport
import Testing

/// With a share ε of a token's probability spread over all V tokens, what is certain is learnt as 1 − ε + ε / V;
/// it is measured as it is.
@Suite struct LabelSmoothingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run<Task: TrainingTask>(_ settings: [String: String]) throws -> TrainingRun<Task> {
    let base = [
      "data.valid_fraction": "0.25", "model.hidden": "9", "model.embedding": "7",
      "model.layers": "1", "train.updates": "150", "train.threads": "1", "optimizer.lr": "0.05",
    ]
    return try TrainingRun<Task>(
      Task.schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file("run")), isAdvised: false)
  }

  private func loss<Task: TrainingTask>(
    of type: Task.Type, _ settings: [String: String]
  ) throws -> Double {
    let run: TrainingRun<Task> = try run(settings)
    try run.begin()
    var last = Double.nan
    _ = try run.train { if case .validated(let report) = $0 { last = report.score.loss } }
    return last
  }

  /// `abc` over and over: three tokens, each certain.
  @Test(arguments: [("0", "false", 1.0), ("0.3", "false", 0.8), ("0.6", "true", 0.6)])
  func certainTokensAreLearntAsSmoothed(share: String, tie: String, probability: Double) throws {
    let text = try folder.write(String(repeating: "abc", count: 500), to: "text.txt")
    let loss = try loss(
      of: LanguageModelTask.self,
      [
        "data.text": text.path, "train.label_smoothing": share, "model.tie": tie,
        "train.batch": "5", "train.steps": "8",
      ])
    #expect(abs(loss - -log(probability)) < 0.03, "\(loss)")
  }

  /// Texts of a label: of `a`, `b`, a line's end that none has and the end of a text one is certain.
  @Test func textsOfLabelsAreLearntAsSmoothed() throws {
    let texts = try folder.write(
      String(repeating: "x\tab\ny\tba\n", count: 40), to: "texts.tsv")
    let loss = try loss(
      of: ConditionalTextTask.self,
      ["data.condition": texts.path, "train.label_smoothing": "0.45", "train.batch": "6"])
    #expect(abs(loss - -log(0.6625)) < 0.03, "\(loss)")
  }

  @Test(arguments: ["adaptive", "sampled", "nce", "hierarchical"])
  func outputsWithoutOneSoftmaxRefuseIt(output: String) throws {
    let text = try folder.write("a b c\nb c a\n", to: "text.txt")
    expectUserError(saying: "--label-smoothing", "--output \(output)") {
      let _: TrainingRun<LanguageModelTask> = try run([
        "data.text": text.path, "data.tokens": "word", "model.output": output,
        "train.label_smoothing": "0.1",
      ])
    }
  }
}
