import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Parallel

/// A model that predicts numbers, and how its data is read.
package struct Regression {
  package let model: SequenceModel<Float>
  private let features: Int
  private let predictsEveryStep: Bool

  init(_ configuration: ResolvedConfiguration, seed: UInt64) throws {
    features = configuration.integer("data.features")
    predictsEveryStep = configuration.boolean("data.every_step")
    model = try SequenceModel(
      checking: SequenceModelConfiguration(
        input: .vectors(width: features),
        stack: try StackConfiguration(configuration, inputSize: features),
        pooling: predictsEveryStep
          ? nil : .init(rawValue: configuration.string("model.pooling")) ?? .last,
        head: .regression(outputs: predictsEveryStep ? features : 1)),
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
  }

  /// Reads a table of `target,number,…` rows, or of numbers alone where every step is predicted.
  func read(_ url: URL) throws -> SequenceDataset {
    let series = try LabelledSeries.read(
      table: url, features: features, firstColumn: predictsEveryStep ? .value : .number)
    switch series.targets {
    case .numbers(let numbers):
      return SequenceDataset(.vectors(series.sequences), .numbers(numbers))
    case .none: return try nextSteps(series.sequences, url)
    case .classes: preconditionFailure("numbers were asked for")
    }
  }

  /// Inputs are all steps but the last, targets all but the first.
  private func nextSteps(_ sequences: VectorSequences, _ url: URL) throws -> SequenceDataset {
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

  func evaluate(_ data: SequenceDataset, _ reader: SequenceReader) -> Evaluation {
    var scores = RegressionScores()
    reader.read(data) { reading in
      switch data.targets {
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
      score: TaskScore(
        loss: scores.meanSquaredError,
        measures: [.init("mae", scores.meanAbsoluteError)]
          + (rSquared.map { [.init("r2", $0)] } ?? []),
        count: scores.count,
        text: String(
          format: "MSE %.6f  MAE %.6f", scores.meanSquaredError, scores.meanAbsoluteError)
          + (rSquared.map { String(format: "  R² %.4f", $0) } ?? "")))
  }
}

/// A trained regression as its run folder keeps it.
package struct TrainedRegression: TrainedModel {
  private let regression: Regression
  private let reader: SequenceReader
  private let features: Int

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try RegressionJob.configuration(of: folder)
    regression = try Regression(configuration, seed: 0)
    features = configuration.integer("data.features")
    try folder.restoreModel(regression.model.parameters)
    reader = SequenceReader(regression.model, team: team)
  }

  package func evaluate(_ files: [URL]) throws -> Evaluation {
    regression.evaluate(try read(files), reader)
  }

  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    try GradientFlow(regression.model, try read(files), lags: lags, team: team)
  }

  private func read(_ files: [URL]) throws -> SequenceDataset {
    guard files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) files, expected one table", hint: "name it with --data")
    }
    return try regression.read(files[0])
  }

  /// One row of numbers separated by commas; gives the number, or those of the step that follows.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    var number = 0
    while let line = try nextLine() {
      number += 1
      let sequences = try VectorSequences(
        parsing: line, width: features, place: "standard input line \(number)")
      var outputs: [Float] = []
      reader.read(SequenceDataset(.vectors(sequences), .none)) { outputs = $0.outputs.last ?? [] }
      try emit(
        Prediction(
          text: outputs.map { String($0) }.joined(separator: ","),
          json: .object([
            .init("prediction", .array(outputs.map { .number(Double($0)) }))
          ])))
    }
  }
}
