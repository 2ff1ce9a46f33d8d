import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// A trained recall task: measured on made sequences, of any length.
package struct TrainedRecall: TrainedModel {
  private let definition: RecallDefinition
  private let count: Int
  private let reader: RecallReader
  private var task: any RecallTask

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try RecallJob.configuration(of: folder)
    definition = try RecallDefinition(configuration)
    task = definition.task
    count = configuration.integer("data.valid_sequences")
    let model = RecallModel<Float>(
      definition.configuration, precision: try Precision(checking: configuration)
    ).allocated(seed: nil)
    try folder.restoreModel(model.parameters)
    reader = RecallReader(model, team: team)
  }

  package mutating func resize(length: Int?, repeats: Int?) throws {
    task = try definition.task(length: length, repeats: repeats)
    try definition.checkMemory(task, batch: RecallReader.batchSize, count: count)
  }

  package func evaluate(_ files: [URL]) throws -> Evaluation {
    if let file = files.first {
      throw UserError.usage(
        "a recall task makes its own sequences, but '\(file.relativePath)' was named",
        hint: "drop --data")
    }
    return Evaluation(score: reader.score(RecallDefinition.validation(task, count: count)))
  }

  /// One sequence of those that `evaluate` measures, step by step.
  package func trace(example: Int = 0) throws -> MemoryTrace {
    guard case .machine(let machine) = definition.configuration.body else {
      throw UserError.usage(
        "the run has no external memory: it was trained with another --model than "
          + RecallSchema.machine)
    }
    let examples = RecallDefinition.validation(task, first: example, count: 1)
    guard let trace = reader.trace(examples, shape: machine.memory) else {
      preconditionFailure("a machine has a memory")
    }
    return trace
  }

  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    throw UserError.usage(
      "a recall task has nothing to predict: it is there to be measured", hint: "use unroll eval")
  }
}
