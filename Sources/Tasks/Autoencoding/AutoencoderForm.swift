import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// A kind of sequence and its autoencoder: text or recorded segments. What differs from one to the
/// other; all else is the task's.
protocol AutoencoderForm: AnyObject {
  var model: any Autoencoder<Float> { get }
  var team: WorkerTeam { get }
  /// What prediction needs beside the weights: the vocabulary, or what recordings have in common.
  var artifact: Artifact { get }
  /// Nil for recordings.
  var vocabulary: Vocabulary? { get }
  /// The same in words.
  var summary: String { get }
  var progressFigure: ProgressSnapshot.Measure? { get }
  /// What a query of `unroll nearest` is, in words.
  var queryKind: String { get }

  // MARK: Examples

  /// Reads what the model is to be measured on. Throws a usage `UserError` for too many files.
  func read(_ files: [URL]) throws -> AutoencodingSource
  func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples
  /// Makes one example of what was typed.
  func example(_ query: String) throws -> AutoencodingExamples

  // MARK: Learning and measuring

  /// Records the examples `rows`, longest first, with their loss. Memory stays until the next.
  func record(
    _ examples: AutoencodingExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch
  /// Records the examples up to their codes, `[rows, code]`.
  func recordCodes(
    _ examples: AutoencodingExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float>
  /// Measures reconstructions.
  func score(_ examples: AutoencodingExamples) -> Score
  /// Measures all that is worth telling.
  func evaluate(_ examples: AutoencodingExamples) throws -> Evaluation

  // MARK: Predicting

  func queries() -> any QueryReader<AutoencodingQuery>
  /// Reconstructs all queries.
  func predict(_ queries: [AutoencodingQuery]) throws -> [Prediction]
}

/// Something to reconstruct.
public struct AutoencodingQuery {
  /// As it was typed: a sentence, the sentences of a document, or a path.
  let lines: [String]
  /// Nil for a blank line, which stays one.
  let example: AutoencodingExamples?
}

extension AutoencoderForm {
  /// Reads many examples at a time, in memory that is given back.
  var pass: ForwardPass<Float> { ForwardPass(team, precision: model.precision) }

  /// The codes of all examples, in their order.
  func vectors(of examples: AutoencodingExamples) -> CodeVectors {
    let codes = pass.results(examples.lengths) {
      recordCodes(examples, rows: $0, on: $1)
    } result: {
      $1.value.numbers(ofRow: $0)
    }
    return CodeVectors(
      names: examples.names, columns: model.configuration.codeSize, values: codes.flatMap(\.self))
  }
}
