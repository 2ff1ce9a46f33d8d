import Compute
import Corpora
import Foundation
import Measures
import Networks
import Runs

/// A synthetic task with the shape of the model that learns it and the way it is judged.
package struct MemoryProblem {
  package let kind: SyntheticTaskKind
  package let task: any SyntheticTask
  package let configuration: SequenceModelConfiguration

  init(_ settings: MemoryProblemSettings) throws {
    guard let kind = SyntheticTaskKind(rawValue: settings.data.task) else {
      throw UserError.usage("there is no task '\(settings.data.task)'")
    }
    self.kind = kind
    task = try kind.task(length: settings.data.length, seed: UInt64(settings.train.seed))
    let input: SequenceModelConfiguration.Input =
      switch task.inputs {
      case .vectors(let width): .vectors(width: width)
      case .symbols(let count): .tokens(vocabulary: count, embedding: settings.model.embedding)
      }
    let (head, pooling): (SequenceModelConfiguration.Head, SequenceModelConfiguration.Pooling?) =
      switch task.targets {
      case .number: (.regression(outputs: 1), .last)
      case .lastClass(let count): (.softmax(classes: count), .last)
      case .everyClass(let count): (.softmax(classes: count), nil)
      }
    configuration = SequenceModelConfiguration(
      input: input, stack: try settings.model.stack.configuration(inputSize: input.size),
      pooling: pooling, head: head)
  }

  /// Some of the examples that training makes, or of those that no training reaches.
  func examples(_ indices: some Sequence<Int>, isValidation: Bool) -> SequenceDataset {
    let first = isValidation ? Self.firstValidationExample : 0
    return task.dataset(indices.lazy.map { first + $0 })
  }

  private static let firstValidationExample = 1 << 48

  /// Mean loss, beside that of the best answer without memory, and the share of right answers: the
  /// right class, or a number within 0.04 (Hochreiter & Schmidhuber 1997).
  func score(_ data: SequenceDataset, _ reader: SequenceReader) -> Score {
    var (right, asked) = (0, 0)
    let (sum, count) = reader.read(data) { reading in
      for (step, outputs) in reading.outputs.enumerated() {
        asked += 1
        if isRight(outputs, data, reading.example, step) { right += 1 }
      }
    }
    let (loss, accuracy) = (sum / Double(count), Double(right) / Double(asked))
    let isNumber = if case .number = task.targets { true } else { false }
    let unit = isNumber ? Figure.Unit.number : .nats
    return Score(
      loss: loss, unit: unit,
      figures: [
        .init("accuracy", accuracy, .share, .higherIsBetter),
        .init("memoryless_loss", task.memorylessLoss, unit, nil),
      ], count: count,
      text: String(
        format: "%.5f %@ (%.5f without memory)  %.2f %% right", loss, isNumber ? "MSE" : "nats",
        task.memorylessLoss, 100 * accuracy))
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
