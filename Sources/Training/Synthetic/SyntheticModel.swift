import Compute
import Corpora
import Foundation
import Networks
import Parallel

/// A synthetic task with the model that learns it and the way it is judged.
package struct SyntheticModel {
  package let kind: SyntheticTaskKind
  package let task: any SyntheticTask
  package let configuration: SequenceModelConfiguration

  /// Reads the tables `data` and `model`.
  package init(_ configuration: ResolvedConfiguration) throws {
    let name = configuration.string("data.task")
    guard let kind = SyntheticTaskKind(rawValue: name) else {
      throw UserError.usage("there is no task '\(name)'")
    }
    self.kind = kind
    task = try kind.task(
      length: configuration.integer("data.length"),
      seed: UInt64(configuration.integer("train.seed")))
    let input: SequenceModelConfiguration.Input =
      switch task.inputs {
      case .vectors(let width): .vectors(width: width)
      case .symbols(let count):
        .tokens(vocabulary: count, embedding: configuration.integer("model.embedding"))
      }
    let (head, pooling): (SequenceModelConfiguration.Head, SequenceModelConfiguration.Pooling?) =
      switch task.targets {
      case .number: (.regression(outputs: 1), .last)
      case .lastClass(let count): (.softmax(classes: count), .last)
      case .everyClass(let count): (.softmax(classes: count), nil)
      }
    self.configuration = SequenceModelConfiguration(
      input: input, stack: try StackConfiguration(configuration, inputSize: input.size),
      pooling: pooling, head: head)
  }

  /// Examples that no training reaches.
  package func validation(count: Int) -> SequenceDataset {
    task.dataset(Self.firstValidationExample..<Self.firstValidationExample + count)
  }

  private static let firstValidationExample = 1 << 48

  /// Mean loss, beside that of the best answer without memory, and the share of right answers: the
  /// right class, or a number within 0.04 (Hochreiter & Schmidhuber 1997).
  package func score(_ data: SequenceDataset, _ reader: SequenceReader) -> TaskScore {
    var (right, asked) = (0, 0)
    let (sum, count) = reader.read(data) { reading in
      for (step, outputs) in reading.outputs.enumerated() {
        asked += 1
        if isRight(outputs, data, reading.example, step) { right += 1 }
      }
    }
    let (loss, accuracy) = (sum / Double(count), Double(right) / Double(asked))
    let unit = if case .number = task.targets { "MSE" } else { "nats" }
    return TaskScore(
      loss: loss,
      measures: [.init("accuracy", accuracy), .init("memoryless_loss", task.memorylessLoss)],
      count: count,
      text: String(
        format: "%.5f %@ (%.5f without memory)  %.2f %% right", loss, unit, task.memorylessLoss,
        100 * accuracy))
  }

  private func isRight(
    _ outputs: [Float], _ data: SequenceDataset, _ example: Int, _ step: Int
  ) -> Bool {
    switch data.targets {
    case .numbers(let numbers): abs(outputs[0] - numbers[example]) < 0.04
    case .classes(let classes, _): outputs.indexOfMaximum == Int(classes[example])
    case .stepClasses(let classes, _):
      outputs.indexOfMaximum == Int(classes[example][classes.starts[example] + step])
    default: false
    }
  }
}

extension Collection where Element: Comparable, Index == Int {
  /// The first of the largest; 0 if there is none.
  var indexOfMaximum: Int { indices.max { self[$0] < self[$1] } ?? 0 }
}

/// A trained synthetic task: measured on made examples.
package struct TrainedSyntheticTask: TrainedModel {
  private let definition: SyntheticModel
  private let count: Int
  private let reader: SequenceReader

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try SyntheticJob.configuration(of: folder)
    definition = try SyntheticModel(configuration)
    count = configuration.integer("data.valid_examples")
    let model = SequenceModel<Float>(
      definition.configuration, precision: try Precision(checking: configuration)
    ).allocated(seed: nil)
    try folder.restoreModel(model.parameters)
    reader = SequenceReader(model, team: team)
  }

  package func evaluate(_ files: [URL]) throws -> Evaluation {
    Evaluation(score: definition.score(try examples(files), reader))
  }

  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    try GradientFlow(reader.model, try examples(files), lags: lags, team: team)
  }

  private func examples(_ files: [URL]) throws -> SequenceDataset {
    guard files.isEmpty else {
      throw UserError.usage(
        "a synthetic task makes its own examples, but '\(files[0].relativePath)' was named",
        hint: "drop --data")
    }
    return definition.validation(count: count)
  }

  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    throw UserError.usage(
      "a synthetic task has nothing to predict: it is there to be measured",
      hint: "use unroll eval")
  }
}
