import Compute
import Corpora
import Foundation
import Measures
import Runs
import Tasks
import TestSupport
import Testing

/// Learning, not only running: text whose entropy is known exactly says how good a model can get.
@Suite struct LearningTests {
  /// A small LSTM comes within 3 % of the entropy rate of a Markov source of order 2, on text that
  /// it has not seen. Nothing gets below it but by chance.
  @Test func lossReachesTheEntropyRate() throws {
    let (losses, source) = try validationLosses(precision: .f32)
    let loss = try #require(losses.min())
    #expect(loss <= 1.03 * source.entropyRate, "\(losses), entropy rate \(source.entropyRate)")
    // The held back text may be a little likelier than the average text, not much.
    #expect(loss >= 0.98 * source.entropyRate, "\(loss): better than any model can be")
    #expect(try #require(losses.first) > loss)
  }

  /// bf16 operands cost next to nothing in what is learnt: within 0.01 nats of f32.
  @Test(.enabled(if: InstructionSet.supportsBF16, "no bf16 dot product here"))
  func bf16LearnsWhatF32Learns() throws {
    let (f32, _) = try validationLosses(precision: .f32)
    let (bf16, _) = try validationLosses(precision: .bf16)
    #expect(f32 != bf16, "the precision made no difference at all: was it used?")
    #expect(abs(try #require(f32.last) - #require(bf16.last)) <= 0.01, "\(f32), \(bf16)")
  }

  private func validationLosses(
    precision: Precision
  ) throws -> (losses: [Double], source: MarkovSource) {
    let folder = try TemporaryFolder()
    let source = try MarkovSource(order: 2, alphabetSize: 6, seed: 11)
    try source.write(bytes: 300_000, to: folder.file("text.txt"))
    let configuration = try LanguageModelTask.schema.resolve(overrides: [
      .init("data.text", .strings([folder.file("text.txt").path])),
      .init("data.valid_fraction", .number(0.2)),
      .init("model.layers", .integer(1)), .init("model.hidden", .integer(32)),
      .init("model.embedding", .integer(8)), .init("train.batch", .integer(32)),
      .init("train.steps", .integer(32)), .init("train.epochs", .integer(4)),
      .init("optimizer.lr", .number(0.01)),
      .init("train.precision", .string(precision.rawValue)),
      .init("schedule.name", .string("cosine")),
    ])
    let run = try TrainingRun<LanguageModelTask>(
      configuration, folder: .plan(at: folder.file("run")))
    try run.begin()
    var losses: [Double] = []
    _ = try run.train { event in
      if case .validated(let report) = event { losses.append(report.score.loss) }
    }
    return (losses, source)
  }
}
