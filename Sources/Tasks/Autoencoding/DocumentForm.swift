import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// Documents of sentences and their hierarchical autoencoder.
final class DocumentForm: AutoencoderForm {
  private let text: TextEncoding
  let team: WorkerTeam
  private let model: DocumentAutoencoder<Float>
  private let dropout: FedTokenDropout
  private let writer: DocumentWriter<Float>
  private let buffers = (0..<6).map { _ in IDBuffer() }

  /// Throws a `UserError` for a precision that the processor lacks.
  init(
    _ settings: AutoencodingSettings, _ text: TextEncoding, team: WorkerTeam
  ) throws {
    self.text = text
    self.team = team
    let vocabulary = text.vocabulary
    let shape = try settings.model.configuration()
    let size = settings.model.embedding
    model = DocumentAutoencoder(
      shape, vocabulary: vocabulary.count, embeddingSize: size,
      precision: try settings.train.checkedPrecision)
    dropout = FedTokenDropout(
      rate: settings.fedTokens.wordDropout, unknown: vocabulary.unknownID,
      seed: UInt64(settings.train.seed))
    writer = DocumentWriter(model, team: team)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }
  var codeSize: Int { model.configuration.codeSize }
  var artifact: Artifact { text.artifact }
  var vocabulary: Vocabulary? { text.vocabulary }
  var summary: String { text.summary }
  var progressFigure: ProgressSnapshot.Measure? { .perplexity }
  var queryKind: String { "a document, its sentences with line feeds between" }

  // MARK: Examples

  func read(_ files: [URL]) throws -> AutoencodingSource {
    let file = try onlyFile(
      files, "a file of documents, a sentence a line, blank lines between them")
    return AutoencodingSource(.text(try TextSequences(contentsOf: file, .document)))
  }

  func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples {
    .text(try text.examples(source))
  }

  func example(_ query: String) throws -> AutoencodingExamples {
    var (reader, number) = (DocumentQueries(text: text), 0)
    for line in query.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) {
      number += 1
      _ = try reader.read(String(line), at: "--query, sentence \(number)")
    }
    guard let example = reader.finish()?.example else {
      throw UserError.usage("--query: a document without a sentence")
    }
    return example
  }

  // MARK: Recording

  func record(
    _ examples: AutoencodingExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let (loss, _, count) = record(examples.text, rows, dropoutOf: update, on: tape)
    return RecordedMinibatch(losses: [loss], count: count, tokens: 2 * count)
  }

  func recordCodes(
    _ examples: AutoencodingExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    let (input, _) = input(examples.text, rows, on: tape)
    return model.recordCodes(input, on: tape).documents
  }

  /// The sentences of the documents `rows`, longest first, and where each of them stands.
  private func input(
    _ examples: TextExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> (input: DocumentInput, order: SentenceOrder) {
    let order = SentenceOrder(examples, rows)
    let sentences = SequenceLayout(lengths: order.sentences.map { order.length($0) + 1 })
    let tokens = buffers[0].reserve(sentences.tokenCount)
    for (row, sentence) in order.sentences.enumerated() {
      let ids = examples.sentences[sentence]
      for step in 0...ids.count {
        tokens[sentences.offsets[step] + row] =
          step < ids.count ? ids[ids.startIndex + step] : model.end
      }
    }
    let documents = SequenceLayout(lengths: rows.map { examples.sentences(of: $0).count + 1 })
    let steps = buffers[1].reserve(documents.tokenCount)
    for (row, document) in rows.enumerated() {
      let sentences = examples.sentences(of: document)
      for step in 0...sentences.count {
        steps[documents.offsets[step] + row] =
          step < sentences.count ? order.row(sentences.lowerBound + step) : -1
      }
    }
    return (
      DocumentInput(
        sentences: tape.plan(sentences), tokens: UnsafeBufferPointer(tokens),
        documents: tape.plan(documents), sentenceOfStep: UnsafeBufferPointer(steps)), order
    )
  }

  /// - Parameter update: nil where nothing is replaced.
  private func record(
    _ examples: TextExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> (loss: Loss<Float>, codes: Variable<Float>, count: Int) {
    let (input, order) = input(examples, rows, on: tape)
    let documents = input.documents.layout
    // Rows to be written: the sentences as they were read, then the end of every document.
    let lengths =
      input.sentences.layout.lengths + [Int](repeating: 1, count: rows.count)
    let layout = SequenceLayout(lengths: lengths)
    let previous = buffers[2].reserve(documents.tokenCount)
    let stepOf = buffers[3].reserve(lengths.count)
    let (fed, asked) = (
      buffers[4].reserve(layout.tokenCount), buffers[5].reserve(layout.tokenCount)
    )
    for (row, document) in rows.enumerated() {
      let sentences = examples.sentences(of: document)
      for step in 0...sentences.count {
        let token = documents.offsets[step] + row
        previous[token] = step > 0 ? order.row(sentences.lowerBound + step - 1) : -1
        guard step < sentences.count else {
          let end = order.sentences.count + row
          stepOf[end] = Int32(token)
          (fed[end], asked[end]) = (model.decoder.start, model.endOfDocument)
          continue
        }
        let sentence = sentences.lowerBound + step
        let target = Int(order.row(sentence))
        stepOf[target] = Int32(token)
        let ids = examples.sentences[sentence]
        for place in 0...ids.count {
          let token = layout.offsets[place] + target
          asked[token] = place < ids.count ? ids[ids.startIndex + place] : model.end
          fed[token] = place > 0 ? ids[ids.startIndex + place - 1] : model.decoder.start
          if place > 0, let update {
            fed[token] = dropout.token(fed[token], sentence: sentence, place: place, update: update)
          }
        }
      }
    }
    let (loss, codes) = model.record(
      input,
      DocumentText(
        previousOfStep: UnsafeBufferPointer(previous), sentences: tape.plan(layout),
        stepOfSentence: UnsafeBufferPointer(stepOf), inputs: UnsafeBufferPointer(fed),
        targets: UnsafeBufferPointer(asked)), scale: 1 / Double(layout.tokenCount), on: tape)
    return (loss, codes, layout.tokenCount)
  }

  // MARK: Reconstruction

  private typealias Limits = (sentences: Int, tokens: Int)

  /// Calls `visit` with every example and the sentences that are written from its code alone.
  ///
  /// - Parameter limits: of each, most sentences, and most tokens of a sentence.
  /// - Returns: the nats of the teacher-forced decoder, and its predictions.
  @discardableResult
  private func reconstruct(
    _ examples: TextExamples, limits: [Limits], visit: (Int, [[Int32]]) -> Void
  ) -> (nats: Double, count: Int) {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    var (nats, predictions) = (0.0, 0)
    examples.lengths.forEachBatchByLength { rows in
      tape.begin(training: false)
      let (loss, codes, count) = record(examples, rows, dropoutOf: nil, on: tape)
      team.run { tape.forward($0) }
      nats += loss.sum
      predictions += count
      let texts = writer.write(codes.value, limits: rows.map { limits[$0] })
      for (example, text) in zip(rows, texts) { visit(example, text) }
    }
    return (nats, predictions)
  }

  /// Room to be wrong in length, for documents of at most so many sentences of at most so many tokens.
  private func limits(sentences: Int, tokens: Int) -> Limits {
    (2 * sentences + 2, 2 * tokens + 8)
  }

  /// A token is right where it stands at its place of its sentence of its document.
  func score(_ examples: AutoencodingExamples) -> Score {
    let examples = examples.text
    let limits = self.limits(
      sentences: examples.lengths.max() ?? 0, tokens: examples.sentences.lengths.max() ?? 0)
    var counts = ReconstructionCounts()
    let (nats, count) = reconstruct(
      examples, limits: [Limits](repeating: limits, count: examples.count)
    ) { document, written in
      let sentences = examples.sentences(of: document).map { examples.sentences[$0] }
      for (index, truth) in sentences.enumerated() {
        counts.addTokens(truth, index < written.count ? written[index] : [])
      }
      counts.addSequence(
        isExact: sentences.count == written.count
          && zip(sentences, written).allSatisfy { $0.elementsEqual($1) })
    }
    return counts.score(nats: nats, predictions: count, of: "documents")
  }

  func evaluate(_ examples: AutoencodingExamples) -> Evaluation {
    Evaluation(
      score: score(examples), report: examples.sizeText,
      details: [.init("documents", .integer(examples.count))])
  }

  // MARK: Predicting

  func queries() -> any QueryReader<AutoencodingQuery> { DocumentQueries(text: text) }

  /// After each document a blank line.
  func predict(_ queries: [AutoencodingQuery]) -> [Prediction] {
    let examples = queries.compactMap(\.example?.text)
      .reduce(into: TextExamples(.document)) { $0.append($1) }
    let limits = (0..<examples.count).map { document in
      let sentences = examples.sentences(of: document)
      return self.limits(
        sentences: sentences.count,
        tokens: sentences.map { examples.sentences[$0].count }.max() ?? 0)
    }
    var written = [[[Int32]]](repeating: [], count: examples.count)
    reconstruct(examples, limits: limits) { written[$0] = $1 }
    return zip(queries, written).map { query, sentences in
      let texts = sentences.map(text.vocabulary.decode)
      return Prediction(
        text: texts.map { $0 + "\n" }.joined(),
        json: .object([
          .init("sentences", .array(query.lines.map { .string($0) })),
          .init("reconstruction", .array(texts.map { .string($0) })),
        ]))
    }
  }
}

/// Gathers documents as files have them: a sentence a line, blank lines between documents.
private struct DocumentQueries: QueryReader {
  let text: TextEncoding
  private var lines: [String] = []
  private var sentences: [ArraySlice<Int32>] = []

  init(text: TextEncoding) { self.text = text }

  mutating func read(_ line: String, at place: String) throws -> AutoencodingQuery? {
    if line.allSatisfy(\.isWhitespace) { return finish() }
    sentences.append(try text.ids(line, place: place))
    lines.append(line)
    return nil
  }

  mutating func finish() -> AutoencodingQuery? {
    guard !lines.isEmpty else { return nil }
    defer { (lines, sentences) = ([], []) }
    var example = TextExamples(.document)
    example.append(sentences, name: lines[0])
    return AutoencodingQuery(lines: lines, example: .text(example))
  }
}

/// The sentences of some documents, longest first.
private struct SentenceOrder {
  /// Their places in the data.
  let sentences: [Int]
  private let rows: [Int: Int32]
  private let starts: [Int]

  init(_ examples: TextExamples, _ documents: [Int]) {
    let starts = examples.sentences.starts
    self.starts = starts
    // Equal lengths stand as in the data.
    sentences = documents.flatMap { examples.sentences(of: $0) }.sorted {
      (starts[$1 + 1] - starts[$1], $0) < (starts[$0 + 1] - starts[$0], $1)
    }
    rows = Dictionary(
      uniqueKeysWithValues: sentences.enumerated().map { ($1, Int32($0)) })
  }

  func length(_ sentence: Int) -> Int { starts[sentence + 1] - starts[sentence] }

  /// Its row among all of them.
  func row(_ sentence: Int) -> Int32 {
    guard let row = rows[sentence] else { preconditionFailure("sentence \(sentence)") }
    return row
  }
}
