import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// Sentences and their autoencoder.
final class SentenceForm: AutoencoderForm {
  private let text: TextEncoding
  let team: WorkerTeam
  private let model: SentenceAutoencoder<Float>
  private let isReversed: Bool
  private let dropout: FedTokenDropout
  private let writer: GreedyTokenWriter<Float>
  private let buffers = (read: IDBuffer(), fed: IDBuffer(), asked: IDBuffer())

  /// Throws a `UserError` for a precision that the processor lacks.
  init(
    _ settings: AutoencodingSettings, _ text: TextEncoding, team: WorkerTeam
  ) throws {
    self.text = text
    self.team = team
    let vocabulary = text.vocabulary
    let shape = try settings.model.configuration()
    let size = settings.model.embedding
    model = SentenceAutoencoder(
      shape, vocabulary: vocabulary.count, embeddingSize: size,
      precision: try settings.train.checkedPrecision)
    isReversed = settings.model.reversed
    dropout = FedTokenDropout(
      rate: settings.fedTokens.wordDropout, unknown: vocabulary.unknownID,
      seed: UInt64(settings.train.seed))
    writer = GreedyTokenWriter(model.decoder, precision: model.precision, team: team)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }
  var codeSize: Int { model.configuration.codeSize }
  var artifact: Artifact { text.artifact }
  var vocabulary: Vocabulary? { text.vocabulary }
  var summary: String { text.summary }
  var progressFigure: ProgressSnapshot.Measure? { .perplexity }
  var queryKind: String { "a sentence" }

  // MARK: Examples

  func read(_ files: [URL]) throws -> AutoencodingSource {
    let file = try onlyFile(files, "a file with a sentence on each line")
    return AutoencodingSource(.text(try TextSequences(contentsOf: file, .sentence)))
  }

  func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples {
    .text(try text.examples(source))
  }

  func example(_ query: String) throws -> AutoencodingExamples {
    try example(query, place: "--query")
  }

  private func example(_ sentence: String, place: String) throws -> AutoencodingExamples {
    var examples = TextExamples(.sentence)
    examples.append(
      [try text.ids(sentence, place: place)], name: sentence.trimmingCharacters(in: .whitespaces))
    return .text(examples)
  }

  // MARK: Recording

  func record(
    _ examples: AutoencodingExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let (loss, _, count) = record(examples.text.sentences, rows, dropoutOf: update, on: tape)
    return RecordedMinibatch(losses: [loss], count: count, tokens: 2 * count)
  }

  func recordCodes(
    _ examples: AutoencodingExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    let sentences = examples.text.sentences
    let layout = layout(sentences, rows)
    let read = buffers.read.reserve(layout.tokenCount)
    for (row, example) in rows.enumerated() {
      for (step, id) in sentences[example].enumerated() { read[layout.offsets[step] + row] = id }
      read[layout.offsets[layout.lengths[row] - 1] + row] = model.end
    }
    return model.recordCodes(UnsafeBufferPointer(read), plan: tape.plan(layout), on: tape)
  }

  /// A step for each token and one for the end.
  private func layout(_ sentences: IDSequences, _ rows: [Int]) -> SequenceLayout {
    let starts = sentences.starts
    return SequenceLayout(lengths: rows.map { starts[$0 + 1] - starts[$0] + 1 })
  }

  /// - Parameter update: nil where nothing is replaced.
  private func record(
    _ sentences: IDSequences, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> (loss: Loss<Float>, codes: Variable<Float>, count: Int) {
    let layout = layout(sentences, rows)
    let (count, end, start) = (layout.tokenCount, model.end, model.decoder.start)
    let (read, fed, asked) = (
      buffers.read.reserve(count), buffers.fed.reserve(count), buffers.asked.reserve(count)
    )
    for (row, example) in rows.enumerated() {
      let sentence = sentences[example]
      let length = sentence.count
      func written(_ step: Int) -> Int32 {
        sentence[sentence.startIndex + (isReversed ? length - 1 - step : step)]
      }
      for step in 0...length {
        let token = layout.offsets[step] + row
        read[token] = step < length ? sentence[sentence.startIndex + step] : end
        asked[token] = step < length ? written(step) : end
        fed[token] = step > 0 ? written(step - 1) : start
        if step > 0, let update {
          fed[token] = dropout.token(fed[token], sentence: example, place: step, update: update)
        }
      }
    }
    let (loss, codes) = model.record(
      UnsafeBufferPointer(read), inputs: UnsafeBufferPointer(fed),
      targets: UnsafeBufferPointer(asked), scale: 1 / Double(count), plan: tape.plan(layout),
      on: tape)
    return (loss, codes, count)
  }

  // MARK: Reconstruction

  /// Calls `visit` with every example and what is written from its code alone.
  ///
  /// - Parameter limits: most tokens that are written of each.
  /// - Returns: the nats of the teacher-forced decoder, and its predictions.
  @discardableResult
  private func reconstruct(
    _ sentences: IDSequences, limits: [Int], visit: (Int, [Int32]) -> Void
  ) -> (nats: Double, count: Int) {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    var (nats, predictions) = (0.0, 0)
    sentences.lengths.forEachBatchByLength { rows in
      tape.begin(training: false)
      let (loss, codes, count) = record(sentences, rows, dropoutOf: nil, on: tape)
      team.run { tape.forward($0) }
      nats += loss.sum
      predictions += count
      let texts = writer.write(
        codes.value, firstEnd: model.end, limits: rows.map { limits[$0] })
      for (example, text) in zip(rows, texts) {
        visit(example, isReversed ? text.tokens.reversed() : text.tokens)
      }
    }
    return (nats, predictions)
  }

  /// Room to be wrong in length.
  private func limit(_ length: Int) -> Int { 2 * length + 8 }

  func score(_ examples: AutoencodingExamples) -> Score {
    let sentences = examples.text.sentences
    let limit = self.limit(sentences.lengths.max() ?? 0)
    var counts = ReconstructionCounts()
    let (nats, count) = reconstruct(
      sentences, limits: [Int](repeating: limit, count: sentences.count)
    ) { counts.add(sentences[$0], $1) }
    return counts.score(nats: nats, predictions: count, of: "sentences")
  }

  func evaluate(_ examples: AutoencodingExamples) -> Evaluation {
    let sentences = examples.text
    let unknown = sentences.sentences.ids.count { $0 == text.vocabulary.unknownID }
    return Evaluation(
      score: score(examples),
      report: "\(sentences.sizeText), \(unknown) of their tokens unknown, "
        + "\(sentences.blankCount) blank lines passed over",
      details: [
        .init("sentences", .integer(sentences.count)), .init("unknown_tokens", .integer(unknown)),
        .init("blank_lines", .integer(sentences.blankCount)),
      ])
  }

  // MARK: Predicting

  /// One sentence a line; a blank line stays one.
  func queries() -> any QueryReader<AutoencodingQuery> {
    LineQueries { [self] line, place in
      let isBlank = line.allSatisfy(\.isWhitespace)
      return AutoencodingQuery(
        lines: [line], example: isBlank ? nil : try example(line, place: place))
    }
  }

  func predict(_ queries: [AutoencodingQuery]) -> [Prediction] {
    let sentences = queries.compactMap(\.example?.text.sentences)
      .reduce(into: IDSequences()) { $0.append($1[0]) }
    var written = [[Int32]](repeating: [], count: sentences.count)
    reconstruct(sentences, limits: sentences.lengths.map(limit)) { written[$0] = $1 }
    var place = 0
    return queries.map { query in
      guard query.example != nil else {
        return Prediction(text: "", json: .object([.init("text", .string(""))]))
      }
      defer { place += 1 }
      let result = text.vocabulary.decode(written[place])
      return Prediction(
        text: result,
        json: .object([
          .init("text", .string(query.lines[0])), .init("reconstruction", .string(result)),
          .init("is_exact", .boolean(sentences[place].elementsEqual(written[place]))),
        ]))
    }
  }
}
