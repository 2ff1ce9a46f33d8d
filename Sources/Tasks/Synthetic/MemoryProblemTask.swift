import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Tasks that measure memory: adding, copy, parity, temporal order. Examples are made as they are
/// needed and never seen twice; those of validation are others.
public final class MemoryProblemTask: SequenceTask, SettledTask, GradientMeasuring {
  public static let name = "synthetic"
  public static let commands = [
    command("adding", "Adds two marked numbers of a long sequence."),
    command("copy", "Repeats ten symbols after a long delay."),
    command("parity", "Tells whether the number of ones so far is odd."),
    command("temporal-order", "Tells in which order two symbols came, far apart."),
  ]

  private static func command(_ name: String, _ abstract: String) -> TaskCommand {
    TaskCommand(name, abstract, fixed: [SettingsOverride("data.task", .string(name))])
  }

  package let problem: MemoryProblem
  public let core: SequenceCore
  private let data: MemoryProblemSettings.Data

  // MARK: Examples

  public static func read(
    _ settings: MemoryProblemSettings, _ workplace: Workplace
  ) throws -> (training: MadeSource, validation: MadeSource?) { (.training, .validation) }

  public func read(_ files: [URL]) throws -> MadeSource { try .none(of: files) }

  public func examples(_ source: MadeSource) throws -> MadeExamples {
    MadeExamples(source, count: data.validExamples)
  }

  public func order(
    _ examples: MadeExamples, _ settings: MemoryProblemSettings
  ) -> any ExampleOrder {
    MadeOrder(examples: settings.data.examples, batchSize: settings.train.sequencesPerUpdate)
  }

  /// Those to validate on.
  public func dataset(_ examples: MadeExamples) -> SequenceDataset {
    problem.examples(0..<examples.count, isValidation: true)
  }

  // MARK: Model

  public init(_ settings: MemoryProblemSettings, _ workplace: Workplace) throws {
    data = settings.data
    problem = try MemoryProblem(settings)
    core = SequenceCore(
      SequenceModel(
        problem.configuration, precision: try settings.train.checkedPrecision
      ), team: workplace.team)
  }

  public var summary: String {
    "\(problem.kind.rawValue) over \(problem.task.stepCount) steps"
  }

  // MARK: Learning and measuring

  public func record(
    _ examples: MadeExamples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(
      problem.examples(rows, isValidation: false),
      rows: Array(rows.indices), on: tape)
  }

  /// All sequences have one length, and none is made for it: one stands for all.
  ///
  /// Throws a `UserError` if what is read and a layer's states are alone more than the machine has.
  public func recordLargest(
    _ examples: MadeExamples, rows: [Int], on tape: Tape<Float>
  ) throws {
    let (stack, steps) = (problem.configuration.stack, problem.task.stepCount)
    try MemoryEstimate.check(
      minibatchOf: Double(rows.count) * Double(steps)
        * Double(stack.inputSize + stack.hiddenSize))
    _ = core.recorder.record(
      problem.examples(0..<1, isValidation: false), rows: rows.map { _ in 0 }, on: tape)
    // Those to measure on are made together.
    if !tape.isTraining {
      _ = tape.arena.matrix(rows: examples.count, columns: steps * stack.inputSize)
    }
  }

  public func evaluate(_ examples: MadeExamples) -> Evaluation {
    Evaluation(score: problem.score(dataset(examples), core.reader))
  }

  /// All sequences have one length, whichever they are.
  public func largestRead(_ examples: MadeExamples) -> [Int] {
    Array(0..<min(examples.count, 64))
  }
}
