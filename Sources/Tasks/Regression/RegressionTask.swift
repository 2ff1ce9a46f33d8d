import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Runs

/// Numbers from series of numbers: one at the end of each, at every step those of the next, or the steps
/// that follow a window of a long series.
public final class RegressionTask: TrainingTask, GradientMeasuring {
  public static let name = "regress"
  public static let commands = [
    TaskCommand("regress", "Trains a model that predicts numbers from series of numbers.")
  ]

  package let core: SequenceCore
  let form: RegressionForm
  /// Of the series that were trained on.
  package let seriesFacts: SeriesFacts
  /// The quantiles that are predicted, rising; nil for one number.
  let levels: [Double]?
  /// How the table that it learns from was found to be written, in words; empty for nothing to tell.
  public let summary: String

  // MARK: Examples

  public static func read(
    _ settings: RegressionSettings, _ workplace: Workplace
  ) throws -> (training: RegressionData, validation: RegressionData?) {
    let paths = settings.data.train.compactMap(URL.init(named:))
    guard !paths.isEmpty else {
      throw UserError.usage("no data to train on", hint: "name tables with --data")
    }
    var form = RegressionForm(settings.data)
    let valid = settings.data.valid.compactMap(URL.init(named:))
    let training = try RegressionData.read(paths, form)
    form.series.names = training.columnNames
    let validation =
      valid.isEmpty
      ? nil : try RegressionData.read(valid, form, columns: training.panelColumns)
    return (training, validation)
  }

  public func read(_ files: [URL]) throws -> RegressionData {
    guard !files.isEmpty else {
      throw UserError.usage("no data to measure on", hint: "name tables with --data")
    }
    return try RegressionData.read(files, form, columns: seriesFacts.columns)
  }

  public func examples(_ source: RegressionData) throws -> RegressionExamples {
    guard source.width == width else {
      throw UserError(
        "found \(source.width) numbers a step, expected those of the training data: \(width)")
    }
    return try source.examples(seriesFacts)
  }

  public static let readingKeys: Set<String> = [
    "data.features", "data.layout", "data.missing", "data.group", "data.target", "data.every_step",
    "data.window", "data.horizon", "data.normalize", "data.season",
  ]

  public static func heldOut(_ settings: RegressionSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  public static func checkNewRun(
    _ settings: RegressionSettings, _ source: RegressionData
  ) throws {
    guard !settings.data.everyStep else { return }
    try settings.model.stack.checkLastState(pooling: settings.model.pooling)
  }

  // MARK: Model

  public convenience init(
    learning source: RegressionData, _ settings: RegressionSettings, _ workplace: Workplace
  ) throws {
    try self.init(
      settings, width: source.width,
      try source.facts(standardizes: settings.data.series.standardize), look: source.look,
      workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: RegressionSettings, _ workplace: Workplace
  ) throws {
    let width = try folder.inputWidth() ?? 1
    try self.init(settings, width: width, SeriesFacts.of(folder, width: width), workplace)
  }

  /// - Parameter width: numbers a step.
  private init(
    _ settings: RegressionSettings, width: Int, _ facts: SeriesFacts, look: String? = nil,
    _ workplace: Workplace
  ) throws {
    summary = look ?? ""
    let data = settings.data
    form = RegressionForm(data, names: facts.names)
    seriesFacts = facts
    levels = try settings.model.levels
    let outputs = data.everyStep ? width : form.forecast?.horizon ?? 1
    core = SequenceCore(
      SequenceModel(
        SequenceModelConfiguration(
          input: .vectors(width: width),
          stack: try settings.model.stack.configuration(inputSize: width),
          pooling: data.everyStep ? nil : .init(rawValue: settings.model.pooling) ?? .last,
          head: levels.map { .quantiles(outputs: outputs, levels: $0) }
            ?? .regression(outputs: outputs)),
        precision: try settings.train.checkedPrecision), team: workplace.team)
  }

  /// Numbers a step.
  var width: Int { core.model.configuration.input.size }
  public var parameters: ParameterStore<Float> { core.model.parameters }
  public var precision: Precision { core.model.precision }
  public var artifacts: [Artifact] { [seriesFacts.artifact] }

  // MARK: Learning

  public func order(
    _ examples: RegressionExamples, _ settings: RegressionSettings
  ) throws -> any ExampleOrder {
    try SequenceBatches(examples.dataset.lengths, settings.train, pool: 8)
  }

  public func record(
    _ examples: RegressionExamples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(examples.dataset, rows: rows, on: tape)
  }

  package func gradientFlow(_ files: [URL], lags: Int) throws -> GradientFlow {
    try GradientFlow(
      core.model, try examples(try read(files)).dataset, lags: lags, team: core.team)
  }
}
