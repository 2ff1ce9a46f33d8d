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
public final class MemoryRecallTask: SettledTask {
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
  private let batch: Int
  let recorder: RecallRecorder
  let pass: ForwardPass<Float>
  /// What is measured: sequences as training makes them, or of another length.
  private var measured: any RecallTask
  /// How many sequences to evaluate on that validation did not see; nil for those of validation.
  private var unseen: Int?
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
    MadeOrder(examples: settings.data.sequences, batchSize: settings.train.sequencesPerUpdate)
  }

  // MARK: Model

  public init(_ settings: RecallSettings, _ workplace: Workplace) throws {
    definition = try RecallDefinition(settings)
    data = settings.data
    batch = settings.train.sequencesPerUpdate
    measured = definition.task
    model = RecallModel(
      definition.configuration, precision: try settings.train.checkedPrecision)
    recorder = RecallRecorder(model)
    pass = ForwardPass(workplace.team, precision: model.precision)
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
    sequencesSeen = (progress.update + 1) * batch
    let examples = RecallExamples(definition.task(at: progress), rows)
    let (loss, _, plan) = recorder.record(examples, rows: examples.byLength, on: tape)
    return RecordedMinibatch(losses: [loss], count: rows.count, tokens: plan.layout.tokenCount)
  }

  /// Sequences are made as they are needed, so that none is at hand: all may be the longest.
  public func recordLargest(
    _ examples: MadeExamples, rows: [Int], on tape: Tape<Float>
  ) throws {
    let task = tape.isTraining ? definition.task : measured
    try recorder.record(longestOf: task, rows: rows.count, on: tape)
    // Those to measure on are made together.
    if !tape.isTraining {
      _ = tape.arena.matrix(
        rows: (unseen ?? examples.count) * task.longestExample,
        columns: task.inputWidth + task.outputWidth)
    }
  }

  public func largestRead(_ examples: MadeExamples) -> [Int] { Array(0..<Self.readSize) }

  public func validate(_ examples: MadeExamples) -> Score {
    score(validation(examples.count), sequencesSeen: sequencesSeen)
  }

  public func evaluate(_ examples: MadeExamples) -> Evaluation {
    let unseen = unseen.map { RecallDefinition.unseen(measured, count: $0) }
    return Evaluation(score: score(unseen ?? validation(examples.count)))
  }

  private func validation(_ count: Int) -> RecallExamples {
    RecallDefinition.validation(measured, count: count)
  }
}

extension MemoryRecallTask: Resizable {
  package func resize(length: Int?, repeats: Int?, unseen: Int?) throws {
    measured = try definition.task(length: length, repeats: repeats)
    self.unseen = unseen
    try MemoryEstimate(reading: parameters, precision: precision, workers: pass.workers) {
      try recordLargest(examples(.validation), rows: largestRead(examples(.validation)), on: $0)
    }.check()
  }
}

extension MemoryRecallTask: MemoryShowing {
  package func memoryTrace() throws -> MemoryTrace {
    guard case .machine(let machine) = definition.configuration.body,
      let trace = trace(validation(1), shape: machine.memory)
    else {
      throw UserError.usage(
        "the run has no external memory: it was trained with another --model than "
          + RecallSettings.Model.machine)
    }
    return trace
  }
}
