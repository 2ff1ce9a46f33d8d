import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// Sentences and their autoencoder.
final class SentenceForm: AutoencoderForm {
  let vocabulary: Vocabulary
  let team: WorkerTeam
  private let text: TextForm
  private let model: SentenceAutoencoder<Float>
  private let isReversed: Bool
  private let dropout: FedTokenDropout
  private let writer: GreedyTokenWriter<Float>
  private let buffers = (read: IDBuffer(), fed: IDBuffer(), asked: IDBuffer())

  /// Throws a `UserError` if the machine's memory is too small.
  init(
    _ configuration: ResolvedConfiguration, vocabulary: Vocabulary, seed: UInt64, team: WorkerTeam
  ) throws {
    self.vocabulary = vocabulary
    self.team = team
    text = TextForm(configuration)
    let shape = try AutoencoderConfiguration(configuration)
    let size = configuration.integer("model.embedding")
    var memory = WeightMemory()
    shape.add(to: &memory, tokens: vocabulary.count + 2, embedding: size)
    shape.add(to: &memory, encoder: size, decoder: size)
    try memory.check()
    model = SentenceAutoencoder(
      shape, vocabulary: vocabulary.count, embeddingSize: size,
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
    isReversed = configuration.boolean("model.reversed")
    dropout = FedTokenDropout(
      rate: configuration.number("train.word_dropout"), unknown: vocabulary.unknownID, seed: seed)
    writer = GreedyTokenWriter(model.decoder, precision: model.precision, team: team)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }
  var codeSize: Int { model.configuration.codeSize }
  var measure: ProgressSnapshot.Measure? { .perplexity }
  var queryKind: String { "a sentence" }
  var summary: String { "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens" }

  func read(_ url: URL) throws -> SentenceExamples {
    try SentenceExamples(TextLines(contentsOf: url), text, vocabulary)
  }

  func example(_ query: String) throws -> SentenceExamples {
    try SentenceExamples(query, text, vocabulary, place: "--query")
  }

  // MARK: Recording

  func record(
    _ examples: SentenceExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let (loss, _, count) = record(examples, rows, dropoutOf: update, on: tape)
    return RecordedMinibatch(losses: [loss], count: count, tokens: 2 * count)
  }

  func recordCodes(
    _ examples: SentenceExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    let layout = layout(examples, rows)
    let read = buffers.read.reserve(layout.tokenCount)
    fill(read, layout) { row, step in
      let sentence = examples.ids[rows[row]]
      return step < sentence.count ? sentence[sentence.startIndex + step] : model.end
    }
    return model.recordCodes(UnsafeBufferPointer(read), plan: tape.plan(layout), on: tape)
  }

  private func layout(_ examples: SentenceExamples, _ rows: [Int]) -> SequenceLayout {
    let starts = examples.ids.starts
    return SequenceLayout(lengths: rows.map { starts[$0 + 1] - starts[$0] + 1 })
  }

  private func fill(
    _ ids: UnsafeMutableBufferPointer<Int32>, _ layout: SequenceLayout,
    _ id: (_ row: Int, _ step: Int) -> Int32
  ) {
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] { ids[layout.offsets[step] + row] = id(row, step) }
    }
  }

  /// - Parameter update: nil where nothing is replaced.
  private func record(
    _ examples: SentenceExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> (loss: Loss<Float>, codes: Variable<Float>, count: Int) {
    let layout = layout(examples, rows)
    let (count, end, start) = (layout.tokenCount, model.end, model.decoder.start)
    let (read, fed, asked) = (
      buffers.read.reserve(count), buffers.fed.reserve(count), buffers.asked.reserve(count)
    )
    for (row, example) in rows.enumerated() {
      let sentence = examples.ids[example]
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
  /// - Returns: the nats of the teacher-forced decoder, and its predictions.
  @discardableResult
  private func reconstruct(
    _ examples: SentenceExamples, visit: (Int, [Int32]) -> Void
  ) -> (nats: Double, count: Int) {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    // Room to be wrong in length.
    let limit = 2 * (examples.lengths.max() ?? 0) + 8
    var (nats, predictions) = (0.0, 0)
    examples.forEachBatch { rows in
      tape.begin(training: false)
      let (loss, codes, count) = record(examples, rows, dropoutOf: nil, on: tape)
      team.run { tape.forward($0) }
      nats += loss.sum
      predictions += count
      let texts = writer.write(codes.value, firstEnd: model.end, limit: limit)
      for (example, text) in zip(rows, texts) {
        visit(example, isReversed ? text.tokens.reversed() : text.tokens)
      }
    }
    return (nats, predictions)
  }

  func score(_ examples: SentenceExamples) -> Score {
    var counts = ReconstructionCounts()
    let (nats, count) = reconstruct(examples) { counts.add(examples.ids[$0], $1) }
    return counts.score(nats: nats, predictions: count, of: "sentences")
  }

  func evaluate(_ files: [URL]) throws -> Evaluation {
    let examples = try read(try onlyFile(files, "a file with a sentence on each line"))
    let unknown = examples.ids.ids.count { $0 == vocabulary.unknownID }
    return Evaluation(
      score: score(examples),
      report: "\(examples.sizeText), \(unknown) of their tokens unknown, "
        + "\(examples.blankCount) blank lines passed over",
      details: [
        .init("sentences", .integer(examples.count)), .init("unknown_tokens", .integer(unknown)),
        .init("blank_lines", .integer(examples.blankCount)),
      ])
  }

  /// One sentence a line; a blank line stays one.
  func predict(_ nextLine: () throws -> String?, emit: (Prediction) throws -> Void) throws {
    var number = 0
    while let line = try nextLine() {
      number += 1
      guard !line.allSatisfy(\.isWhitespace) else {
        try emit(Prediction(text: "", json: .object([.init("text", .string(""))])))
        continue
      }
      let example = try SentenceExamples(
        line, text, vocabulary, place: "standard input line \(number)")
      var written: [Int32] = []
      reconstruct(example) { written = $1 }
      let result = vocabulary.decode(written)
      try emit(
        Prediction(
          text: result,
          json: .object([
            .init("text", .string(line)), .init("reconstruction", .string(result)),
            .init("is_exact", .boolean(example.ids[0].elementsEqual(written))),
          ])))
    }
  }

  // MARK: Files

  func writeFiles(to folder: RunFolder) throws { try vocabulary.save(to: folder.vocabulary) }

  func matchesFiles(of folder: RunFolder) throws -> Bool {
    try Vocabulary(contentsOf: folder.vocabulary) == vocabulary
  }
}
