import Autodiff
import Compute
import Foundation
import Measures
import Networks
import Parallel

/// A kind of sequence and its autoencoder: how examples are read, recorded, measured and shown. What
/// the job and `unroll eval`, `predict`, `embed` and `nearest` need to know.
protocol AutoencoderForm: AnyObject {
  associatedtype Examples: AutoencoderExamples

  var parameters: ParameterStore<Float> { get }
  var precision: Precision { get }
  var codeSize: Int { get }
  var team: WorkerTeam { get }
  /// The network and its vocabulary, in words.
  var summary: String { get }
  var measure: ProgressSnapshot.Measure? { get }
  /// What a query of `unroll nearest` is, and where examples come from, in words.
  var queryKind: String { get }

  /// Reads all examples of a file or folder.
  func read(_ url: URL) throws -> Examples
  /// Makes one example of what was typed.
  func example(_ query: String) throws -> Examples

  /// Records the examples `rows`, longest first, with their loss. Memory stays until the next.
  func record(
    _ examples: Examples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch
  /// Records the examples up to their codes, `[rows, code]`.
  func recordCodes(_ examples: Examples, rows: [Int], on tape: Tape<Float>) -> Variable<Float>

  /// Measures reconstructions.
  func score(_ examples: Examples) -> Score
  /// Measures the model on files in the format it was trained on.
  func evaluate(_ files: [URL]) throws -> Evaluation
  /// Reconstructs what `nextLine` returns.
  func predict(_ nextLine: () throws -> String?, emit: (Prediction) throws -> Void) throws

  func writeFiles(to folder: RunFolder) throws
  /// Whether the run in `folder` was begun with the same vocabulary, or sampling rate.
  func matchesFiles(of folder: RunFolder) throws -> Bool
}

extension AutoencoderForm {
  /// The only file or folder that `unroll eval` was given.
  func onlyFile(_ files: [URL], _ what: String) throws -> URL {
    guard files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) paths, expected one: \(what)", hint: "name it with --data")
    }
    return files[0]
  }
}

/// Sequences in memory.
protocol AutoencoderExamples {
  /// What minibatches are sorted by.
  var lengths: [Int] { get }
  /// What each is called, in one line.
  var names: [String] { get }
  var sizeText: String { get }
  func subset(_ indices: [Int]) -> Self
}

extension AutoencoderExamples {
  var count: Int { names.count }

  /// Calls `body` with groups of at most 64 examples, longest first.
  func forEachBatch(_ body: ([Int]) -> Void) {
    let lengths = lengths
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    for start in stride(from: 0, to: order.count, by: 64) {
      body(Array(order[start..<min(start + 64, order.count)]))
    }
  }
}

/// A matrix that outlives a tape.
struct CodeRows {
  let matrix: Matrix<Float>
  private let buffer: AlignedBuffer<Float>

  init(rows: Int, columns: Int) {
    let stride = Matrix<Float>.stride(forColumns: columns)
    buffer = AlignedBuffer(count: rows * stride)
    matrix = Matrix(base: buffer.base, rows: rows, columns: columns, stride: stride)
  }

  init(copying other: Matrix<Float>) {
    self.init(rows: other.rows, columns: other.columns)
    matrix.copy(from: other)
  }
}

extension AutoencoderForm {
  /// The codes of all examples, in their order; many at once, their rows shared by the team.
  func vectors(of examples: Examples) -> CodeVectors {
    let codes = CodeRows(rows: examples.count, columns: codeSize)
    let tape = Tape<Float>(workers: team.count, precision: precision)
    examples.forEachBatch { rows in
      tape.begin(training: false)
      let result = recordCodes(examples, rows: rows, on: tape)
      team.run { tape.forward($0) }
      for (row, example) in rows.enumerated() {
        codes.matrix.rows(example..<example + 1).copy(from: result.value.rows(row..<row + 1))
      }
    }
    return CodeVectors(names: examples.names, columns: codeSize, values: codes.matrix.values)
  }
}
