import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Tasks that ask for what was read before, learnt by a network with an external memory, or without.
/// Sequences are made as they are needed and never seen twice; those of validation are others.
public final class MemoryRecallTask: TrainingTask {
  public static let name = "recall"
  public static let commands = [
    TaskCommand(
      "recall", "Answers from memory: a neural Turing machine, or recurrent layers beside it.",
      discussion: """
        The sequences are made, and none is seen twice. copy: vectors once again. repeat-copy: \
        several times. associative-recall: the item that came after a given one. priority-sort: the \
        vectors in the order of their priorities. Measure other lengths with: unroll eval RUN \
        --length 80. See where the heads went with: unroll inspect RUN --memory.
        """)
  ]

  package let definition: RecallDefinition
  package let model: RecallModel<Float>
  private let data: RecallSettings.Data
  private let recorder: RecallRecorder
  private let reader: RecallReader
  /// What is measured: sequences as training makes them, or of another length.
  private var measured: any RecallTask
  /// Up to the minibatch that was recorded last.
  private var sequencesSeen = 0

  // MARK: Examples

  public static func read(
    _ settings: RecallSettings, _ workplace: Workplace
  ) throws -> (training: MadeSource, validation: MadeSource?) { (.training, .validation) }

  public func read(_ files: [URL]) throws -> MadeSource { try .none(of: files) }

  public func examples(_ source: MadeSource) -> MadeExamples {
    MadeExamples(source, count: data.validSequences)
  }

  public func order(_ examples: MadeExamples, _ settings: RecallSettings) -> any ExampleOrder {
    MadeOrder(examples: settings.data.sequences, batchSize: settings.train.batch)
  }

  // MARK: Model

  public convenience init(
    learning source: MadeSource, _ settings: RecallSettings, _ workplace: Workplace
  ) throws {
    let definition = try RecallDefinition(settings)
    try definition.checkMemory(
      definition.task, batch: max(settings.train.batch, RecallReader.batchSize),
      count: settings.data.validSequences)
    try self.init(definition, settings, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: RecallSettings, _ workplace: Workplace
  ) throws { try self.init(RecallDefinition(settings), settings, workplace) }

  private init(
    _ definition: RecallDefinition, _ settings: RecallSettings, _ workplace: Workplace
  ) throws {
    self.definition = definition
    data = settings.data
    measured = definition.task
    model = RecallModel(
      definition.configuration, precision: try settings.train.checkedPrecision)
    recorder = RecallRecorder(model)
    reader = RecallReader(model, team: workplace.team)
  }

  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var summary: String {
    "\(data.task.rawValue), sequences of up to \(definition.task.longestExample) steps"
  }

  // MARK: Learning and measuring

  public func record(
    _ examples: MadeExamples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    sequencesSeen = rows[0] + rows.count
    let examples = RecallExamples(definition.task, rows[0]..<sequencesSeen)
    let (loss, _, plan) = recorder.record(examples, rows: examples.byLength, on: tape)
    return RecordedMinibatch(losses: [loss], count: rows.count, tokens: plan.layout.tokenCount)
  }

  public func validate(_ examples: MadeExamples) -> Score {
    reader.score(validation(examples.count), sequencesSeen: sequencesSeen)
  }

  public func evaluate(_ examples: MadeExamples) -> Evaluation {
    Evaluation(score: reader.score(validation(examples.count)))
  }

  private func validation(_ count: Int) -> RecallExamples {
    RecallDefinition.validation(measured, count: count)
  }
}

extension MemoryRecallTask: Resizable {
  package func resize(length: Int?, repeats: Int?) throws {
    measured = try definition.task(length: length, repeats: repeats)
    try definition.checkMemory(
      measured, batch: RecallReader.batchSize, count: data.validSequences)
  }
}

extension MemoryRecallTask: MemoryShowing {
  package func memoryTrace() throws -> MemoryTrace {
    guard case .machine(let machine) = definition.configuration.body,
      let trace = reader.trace(validation(1), shape: machine.memory)
    else {
      throw UserError.usage(
        "the run has no external memory: it was trained with another --model than "
          + RecallSettings.Model.machine)
    }
    return trace
  }
}
