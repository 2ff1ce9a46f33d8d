import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Runs

/// Numbers from series of numbers: one at the end of each, or at every step those of the next.
public final class RegressionTask: SequenceTask, GradientMeasuring {
  public static let name = "regress"
  public static let commands = [
    TaskCommand("regress", "Trains a model that predicts numbers from series of numbers.")
  ]

  public let core: SequenceCore
  private let data: RegressionSettings.Data

  // MARK: Examples

  public static func read(
    _ settings: RegressionSettings, _ workplace: Workplace
  ) throws -> (training: SequenceDataset, validation: SequenceDataset?) {
    guard let path = URL(named: settings.data.train) else {
      throw UserError.usage("no data to train on", hint: "name a table with --data")
    }
    return (
      try read(path, settings.data),
      try URL(named: settings.data.valid).map { try read($0, settings.data) }
    )
  }

  public func read(_ files: [URL]) throws -> SequenceDataset {
    guard files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) files, expected one table", hint: "name it with --data")
    }
    return try Self.read(files[0], data)
  }

  public func examples(_ source: SequenceDataset) -> SequenceDataset { source }

  public static func heldOut(_ settings: RegressionSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  /// Reads a table of `target,number,…` rows, or of numbers alone where every step is predicted.
  private static func read(_ url: URL, _ data: RegressionSettings.Data) throws -> SequenceDataset {
    let series = try LabelledSeries.read(
      table: url, features: data.features, firstColumn: data.everyStep ? .value : .number)
    switch series.targets {
    case .numbers(let numbers):
      return SequenceDataset(.vectors(series.sequences), .numbers(numbers))
    case .none: return try nextSteps(series.sequences, url, data.features)
    case .classes: preconditionFailure("numbers were asked for")
    }
  }

  /// Inputs are all steps but the last, targets all but the first.
  private static func nextSteps(
    _ sequences: VectorSequences, _ url: URL, _ features: Int
  ) throws -> SequenceDataset {
    var (inputs, targets) = (VectorSequences(width: features), VectorSequences(width: features))
    for index in 0..<sequences.count {
      let steps = sequences[index]
      guard steps.count > features else {
        throw UserError(
          "'\(url.relativePath)' sequence \(index + 1) has one step, expected two or more: "
            + "each step predicts the next", hint: "check --features, the numbers of a step")
      }
      inputs.append(steps.dropLast(features))
      targets.append(steps.dropFirst(features))
    }
    return SequenceDataset(.vectors(inputs), .stepVectors(targets))
  }

  // MARK: Model

  public convenience init(
    learning source: SequenceDataset, _ settings: RegressionSettings, _ workplace: Workplace
  ) throws {
    try self.init(settings, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: RegressionSettings, _ workplace: Workplace
  ) throws {
    try self.init(settings, workplace)
  }

  private init(_ settings: RegressionSettings, _ workplace: Workplace) throws {
    data = settings.data
    core = SequenceCore(
      SequenceModel(
        SequenceModelConfiguration(
          input: .vectors(width: data.features),
          stack: try settings.model.stack.configuration(inputSize: data.features),
          pooling: data.everyStep ? nil : .init(rawValue: settings.model.pooling) ?? .last,
          head: .regression(outputs: data.everyStep ? data.features : 1)),
        precision: try settings.train.checkedPrecision), team: workplace.team)
  }

  public var summary: String { "" }

  // MARK: Measuring

  public func evaluate(_ examples: SequenceDataset) -> Evaluation {
    var scores = RegressionScores()
    core.reader.read(examples) { reading in
      switch examples.targets {
      case .numbers(let numbers):
        scores.add(
          truth: Double(numbers[reading.example]), prediction: Double(reading.outputs[0][0]))
      case .stepVectors(let vectors):
        for (truth, prediction) in zip(vectors[reading.example], reading.outputs.joined()) {
          scores.add(truth: Double(truth), prediction: Double(prediction))
        }
      default: preconditionFailure("no numbers to predict")
      }
    }
    let rSquared = scores.rSquared
    return Evaluation(
      score: Score(
        loss: scores.meanSquaredError, unit: .number,
        figures: [Figure("mae", scores.meanAbsoluteError, .number, .lowerIsBetter)]
          + (rSquared.map { [Figure("r2", $0, .number, .higherIsBetter)] } ?? []),
        count: scores.count,
        text: String(
          format: "MSE %.6f  MAE %.6f", scores.meanSquaredError, scores.meanAbsoluteError)
          + (rSquared.map { String(format: "  R² %.4f", $0) } ?? "")))
  }
}

extension RegressionTask: Predicting {
  /// One row of numbers separated by commas.
  public func queries() -> any QueryReader<SequenceDataset> {
    let width = data.features
    return LineQueries { line, place in
      SequenceDataset(
        .vectors(try VectorSequences(parsing: line, width: width, place: place)), .none)
    }
  }

  /// The number, or those of the step that follows.
  public func predict(_ queries: [SequenceDataset]) -> [Prediction] {
    core.reader.readings(of: SequenceDataset(joining: queries)).map { reading in
      let outputs = reading.outputs.last ?? []
      return Prediction(
        text: outputs.map { String($0) }.joined(separator: ","),
        json: .object([.init("prediction", .array(outputs.map { .number(Double($0)) }))]))
    }
  }
}

extension RegressionTask: Ensembling {}
