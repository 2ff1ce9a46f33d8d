import Foundation
import Unroll

/// Adds digits: from `14<TAB>3 9 2` and the like it learns to say 14.
final class SumTask: SettledTask {
  static let name = "sum"
  static let commands = [TaskCommand("sum", "Trains a model that adds digits.")]

  let parameters = ParameterStore<Float>()
  private let embedding: Embedding<Float>
  private let recurrence: RecurrentStack<Float>
  private let output: Linear<Float>
  private let reader: ForwardPass<Float>

  // MARK: Examples

  static func read(
    _ settings: SumSettings, _ workplace: Workplace
  ) throws -> (training: Sums, validation: Sums?) {
    guard !settings.data.train.isEmpty else {
      throw UserError.usage("no data to train on", hint: "name a file with --data")
    }
    return (try Sums(contentsOf: URL(fileURLWithPath: settings.data.train)), nil)
  }

  func read(_ files: [URL]) throws -> Sums {
    try files.reduce(into: Sums()) { $0.append(try Sums(contentsOf: $1)) }
  }

  func examples(_ source: Sums) -> Sums { source }

  // MARK: Model

  init(_ settings: SumSettings, _ workplace: Workplace) throws {
    let size = settings.model.embedding
    embedding = Embedding("embedding", count: 10, size: size, in: parameters)
    recurrence = RecurrentStack(
      try settings.model.stack.configuration(inputSize: size), in: parameters)
    output = Linear("output", inputs: recurrence.outputSize, outputs: 1, in: parameters)
    reader = ForwardPass(workplace.team)
  }

  var summary: String { "digits" }

  private func features(_ batch: TokenBatch, on tape: Tape<Float>) -> Variable<Float> {
    tape.lastPooled(recurrence(embedding(batch, on: tape), on: tape))
  }

  // MARK: Learning and measuring

  func record(
    _ examples: Sums, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let batch = TokenBatch(inputs: rows.map { examples.digits[$0] })
    let loss = output.squaredError(
      features(batch, on: tape), targets: rows.map { [examples.sums[$0]] }, on: tape)
    return RecordedMinibatch(losses: [loss], count: rows.count, tokens: batch.inputs.count)
  }

  func evaluate(_ examples: Sums) -> Evaluation {
    let errors = zip(sums(of: examples.digits), examples.sums).map { Double($0 - $1) }
    let count = errors.count
    let square = errors.reduce(0) { $0 + $1 * $1 } / Double(count)
    let right = Double(errors.count { abs($0) < 0.5 }) / Double(count)
    return Evaluation(
      score: Score(
        loss: square, unit: .number,
        figures: [Figure("accuracy", right, .share, .higherIsBetter)], count: count,
        text: String(format: "MSE %.4f  right %.1f %%", square, 100 * right)))
  }

  /// The model's sums, in the order of the sequences.
  private func sums(of sequences: [[Int32]]) -> [Float] {
    reader.results(sequences.map(\.count)) { rows, tape in
      output(features(TokenBatch(inputs: rows.map { sequences[$0] }), on: tape), on: tape)
    } result: { row, sums in
      sums.value[row, 0]
    }
  }
}

extension SumTask: Predicting {
  func queries() -> any QueryReader<[Int32]> {
    LineQueries { line, place in try Sums.digits(line, place) }
  }

  func predict(_ queries: [[Int32]]) -> [Prediction] {
    sums(of: queries).map {
      Prediction(text: String(format: "%.1f", $0), json: ["sum": .number(Double($0))])
    }
  }
}
