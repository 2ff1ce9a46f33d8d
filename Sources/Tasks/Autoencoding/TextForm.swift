import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// What differs from sentences to documents: how they are put on a tape, and written from their codes.
protocol TextRecorder: AnyObject {
  associatedtype Model: Autoencoder<Float>
  var model: Model { get }

  /// Records the examples `rows`, longest first, with the loss of all their tokens and ends.
  ///
  /// - Parameter update: of the training; nil where no token that is fed to the decoder is replaced.
  func record(
    _ examples: TextExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> RecordedText
  /// Records the examples up to their codes.
  func recordCodes(
    _ examples: TextExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float>
  /// The sentences that each code says.
  func write(_ codes: Matrix<Float>, limits: [TextLimits]) -> [[[Int32]]]
}

/// What was recorded of some texts.
struct RecordedText {
  let loss: Loss<Float>
  let codes: Variable<Float>
  /// Predictions that the loss is of.
  let count: Int
}

/// Most sentences that are written of a code, and most tokens of a sentence.
typealias TextLimits = (sentences: Int, tokens: Int)

/// Sentences or documents and their autoencoder.
final class TextForm: AutoencoderForm {
  private let text: TextEncoding
  private let recorder: any TextRecorder
  let team: WorkerTeam

  init(_ text: TextEncoding, _ recorder: any TextRecorder, team: WorkerTeam) {
    self.text = text
    self.recorder = recorder
    self.team = team
  }

  var model: any Autoencoder<Float> { recorder.model }
  var artifact: Artifact { text.artifact }
  var vocabulary: Vocabulary? { text.vocabulary }
  var summary: String { text.summary }
  var progressFigure: ProgressSnapshot.Measure? { .perplexity }
  var queryKind: String {
    switch text.unit {
    case .sentence: "a sentence"
    case .document: "a document, its sentences with line feeds between"
    }
  }

  // MARK: Examples

  func read(_ files: [URL]) throws -> AutoencodingSource {
    guard !files.isEmpty else {
      throw UserError.usage("no text to measure on", hint: "name \(text.unit.file) with --data")
    }
    return .text(try TextSequences(files, text.unit))
  }

  func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples {
    .text(try text.examples(source.text))
  }

  func example(_ query: String) throws -> AutoencodingExamples {
    .text(try text.example(query))
  }

  // MARK: Learning and measuring

  func record(
    _ examples: AutoencodingExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let recorded = recorder.record(examples.text, rows, dropoutOf: update, on: tape)
    return RecordedMinibatch(
      losses: [recorded.loss], count: recorded.count, tokens: 2 * recorded.count)
  }

  func recordCodes(
    _ examples: AutoencodingExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    recorder.recordCodes(examples.text, rows, on: tape)
  }

  /// Calls `visit` with every example and the sentences that are written from its code alone.
  ///
  /// - Parameter lengths: for each example, sentences and tokens that are expected at most; there is
  ///   room to be wrong.
  /// - Returns: the nats of the teacher-forced decoder, and its predictions.
  @discardableResult
  private func reconstruct(
    _ examples: TextExamples, lengths: [TextLimits], visit: (Int, [[Int32]]) -> Void
  ) -> (nats: Double, count: Int) {
    var (nats, count) = (0.0, 0)
    pass.read(examples.lengths, expecting: examples.expect) {
      recorder.record(examples, $0, dropoutOf: nil, on: $1)
    } visit: { rows, recorded in
      nats += recorded.loss.sum
      count += recorded.count
      let limits: [TextLimits] = rows.map {
        (2 * lengths[$0].sentences + 2, 2 * lengths[$0].tokens + 8)
      }
      for (example, text) in zip(rows, recorder.write(recorded.codes.value, limits: limits)) {
        visit(example, text)
      }
    }
    return (nats, count)
  }

  /// A token is right where it stands at its place of its sentence of its text.
  func score(_ examples: AutoencodingExamples) -> Score {
    let examples = examples.text
    let longest = (
      sentences: (0..<examples.count).map { examples.sentences(of: $0).count }.max() ?? 0,
      tokens: examples.sentences.lengths.max() ?? 0
    )
    var counts = ReconstructionCounts()
    let (nats, count) = reconstruct(
      examples, lengths: [TextLimits](repeating: longest, count: examples.count)
    ) { counts.add(examples[$0], $1) }
    return counts.score(nats: nats, predictions: count, of: "\(text.unit.rawValue)s")
  }

  func evaluate(_ examples: AutoencodingExamples) -> Evaluation {
    let (score, texts) = (score(examples), examples.text)
    guard text.unit == .sentence else {
      return Evaluation(
        score: score, report: texts.sizeText, details: [.init("documents", .integer(texts.count))])
    }
    let unknown = texts.sentences.ids.count { $0 == text.vocabulary.unknownID }
    return Evaluation(
      score: score,
      report: "\(texts.sizeText), \(unknown) of their tokens unknown, "
        + "\(texts.blankCount) blank lines passed over",
      details: [
        .init("sentences", .integer(texts.count)), .init("unknown_tokens", .integer(unknown)),
        .init("blank_lines", .integer(texts.blankCount)),
      ])
  }

  // MARK: Predicting

  func queries() -> any QueryReader<AutoencodingQuery> { text.queries() }

  /// A blank line among sentences stays one; after each document comes one.
  func predict(_ queries: [AutoencodingQuery]) throws -> [Prediction] {
    let examples = try queries.compactMap(\.example?.text)
      .reduce(into: TextExamples(text.unit)) { try $0.append($1) }
    let lengths: [TextLimits] = (0..<examples.count).map { example in
      (examples[example].count, examples[example].map(\.count).max() ?? 0)
    }
    var written = [[[Int32]]](repeating: [], count: examples.count)
    reconstruct(examples, lengths: lengths) { written[$0] = $1 }
    var example = 0
    return queries.map { query in
      guard query.example != nil else {
        return Prediction(text: "", json: ["text": .string("")])
      }
      defer { example += 1 }
      return prediction(query.lines, written[example], of: examples[example])
    }
  }

  private func prediction(
    _ lines: [String], _ written: [[Int32]], of truth: [Slice<LongList<Int32>>]
  ) -> Prediction {
    let texts = written.map(text.vocabulary.decode)
    guard text.unit == .sentence else {
      return Prediction(
        text: texts.map { $0 + "\n" }.joined(),
        json: ["sentences": .strings(lines), "reconstruction": .strings(texts)])
    }
    return Prediction(
      text: texts[0],
      json: [
        "text": .string(lines[0]), "reconstruction": .string(texts[0]),
        "is_exact": .boolean(truth[0].elementsEqual(written[0])),
      ])
  }
}
