import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// A kind of sequence and its autoencoder: sentences, documents or recorded segments. What differs
/// from one to the other; all else is the task's.
protocol AutoencoderForm: AnyObject {
  var parameters: ParameterStore<Float> { get }
  var precision: Precision { get }
  var codeSize: Int { get }
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
  func predict(_ queries: [AutoencodingQuery]) -> [Prediction]
}

/// Something to reconstruct.
public struct AutoencodingQuery {
  /// As it was typed: a sentence, the sentences of a document, or a path.
  let lines: [String]
  /// Nil for a blank line, which stays one.
  let example: AutoencodingExamples?
}

extension AutoencoderForm {
  /// The codes of all examples, in their order; many at once, their rows shared by the team.
  func vectors(of examples: AutoencodingExamples) -> CodeVectors {
    var values = [Float](repeating: 0, count: examples.count * codeSize)
    let tape = Tape<Float>(workers: team.count, precision: precision)
    examples.lengths.forEachBatchByLength { rows in
      tape.begin(training: false)
      let codes = recordCodes(examples, rows: rows, on: tape)
      team.run { tape.forward($0) }
      for (row, example) in rows.enumerated() {
        for column in 0..<codeSize {
          values[example * codeSize + column] = codes.value[row, column]
        }
      }
    }
    return CodeVectors(names: examples.names, columns: codeSize, values: values)
  }

  /// The only file that a model of text is measured on.
  func onlyFile(_ files: [URL], _ what: String) throws -> URL {
    guard files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) paths, expected one: \(what)", hint: "name it with --data")
    }
    return files[0]
  }
}
