import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// Documents of sentences and their hierarchical autoencoder.
final class DocumentForm: AutoencoderForm {
  let vocabulary: Vocabulary
  let team: WorkerTeam
  private let text: TextForm
  private let model: DocumentAutoencoder<Float>
  private let dropout: FedTokenDropout
  private let writer: DocumentWriter<Float>
  private let buffers = (0..<6).map { _ in IDBuffer() }

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
    shape.add(to: &memory, tokens: vocabulary.count + 3, embedding: size)
    shape.add(to: &memory, encoder: size, decoder: size, codeSize: shape.stack.stateSize)
    shape.add(to: &memory, encoder: shape.codeSize, decoder: shape.codeSize)
    try memory.check()
    model = DocumentAutoencoder(
      shape, vocabulary: vocabulary.count, embeddingSize: size,
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
    dropout = FedTokenDropout(
      rate: configuration.number("train.word_dropout"), unknown: vocabulary.unknownID, seed: seed)
    writer = DocumentWriter(model, team: team)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }
  var codeSize: Int { model.configuration.codeSize }
  var measure: ProgressSnapshot.Measure? { .perplexity }
  var queryKind: String { "a document, its sentences with line feeds between" }
  var summary: String { "\(vocabulary.count) \(vocabulary.kind.rawValue) tokens" }

  func read(_ url: URL) throws -> DocumentExamples {
    try DocumentExamples(TextLines(contentsOf: url), text, vocabulary)
  }

  func example(_ query: String) throws -> DocumentExamples {
    try example(
      query.split(separator: "\n").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) },
      place: "--query")
  }

  private func example(_ lines: [String], place: String) throws -> DocumentExamples {
    guard let first = lines.first else {
      throw UserError.usage("\(place): a document without a sentence")
    }
    var result = DocumentExamples()
    let ids = try IDSequences(lines.map(text.apply), vocabulary) { _ in place }
    result.append(lines.indices.map { ids[$0] }, name: first)
    return result
  }

  // MARK: Recording

  func record(
    _ examples: DocumentExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let (loss, _, count) = record(examples, rows, dropoutOf: update, on: tape)
    return RecordedMinibatch(losses: [loss], count: count, tokens: 2 * count)
  }

  func recordCodes(
    _ examples: DocumentExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    let (input, _) = input(examples, rows, on: tape)
    return model.recordCodes(input, on: tape).documents
  }

  /// The sentences of the documents `rows`, longest first, and where each of them stands.
  private func input(
    _ examples: DocumentExamples, _ rows: [Int], on tape: Tape<Float>
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
    _ examples: DocumentExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
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

  private func reconstruct(
    _ examples: DocumentExamples, visit: (Int, [[Int32]]) -> Void
  ) -> (nats: Double, count: Int) {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    let starts = examples.sentences.starts
    let longest = zip(starts.dropFirst(), starts).map { $0 - $1 }.max() ?? 0
    // Room to be wrong in length.
    let limits = (sentences: 2 * (examples.lengths.max() ?? 0) + 2, tokens: 2 * longest + 8)
    var (nats, predictions) = (0.0, 0)
    examples.forEachBatch { rows in
      tape.begin(training: false)
      let (loss, codes, count) = record(examples, rows, dropoutOf: nil, on: tape)
      team.run { tape.forward($0) }
      nats += loss.sum
      predictions += count
      let texts = writer.write(codes.value, limits: limits)
      for (example, text) in zip(rows, texts) { visit(example, text) }
    }
    return (nats, predictions)
  }

  /// A token is right where it stands at its place of its sentence of its document.
  func score(_ examples: DocumentExamples) -> Score {
    var counts = ReconstructionCounts()
    let (nats, count) = reconstruct(examples) { document, written in
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

  func evaluate(_ files: [URL]) throws -> Evaluation {
    let examples = try read(
      try onlyFile(files, "a file of documents, a sentence a line, blank lines between them"))
    return Evaluation(
      score: score(examples), report: examples.sizeText,
      details: [.init("documents", .integer(examples.count))])
  }

  /// Documents as in files; after each its reconstruction and a blank line.
  func predict(_ nextLine: () throws -> String?, emit: (Prediction) throws -> Void) throws {
    var (lines, number, first) = ([String](), 0, 1)
    func finish() throws {
      guard !lines.isEmpty else { return }
      let example = try example(lines, place: "standard input, the document in line \(first)")
      var written: [[Int32]] = []
      _ = reconstruct(example) { written = $1 }
      let texts = written.map(vocabulary.decode)
      try emit(
        Prediction(
          text: texts.map { $0 + "\n" }.joined(),
          json: .object([
            .init("sentences", .array(lines.map { .string($0) })),
            .init("reconstruction", .array(texts.map { .string($0) })),
          ])))
      lines = []
    }
    while let line = try nextLine() {
      number += 1
      if line.allSatisfy(\.isWhitespace) {
        try finish()
      } else {
        if lines.isEmpty { first = number }
        lines.append(line)
      }
    }
    try finish()
  }

  // MARK: Files

  func writeFiles(to folder: RunFolder) throws { try vocabulary.save(to: folder.vocabulary) }

  func matchesFiles(of folder: RunFolder) throws -> Bool {
    try Vocabulary(contentsOf: folder.vocabulary) == vocabulary
  }
}

/// The sentences of some documents, longest first.
private struct SentenceOrder {
  /// Their places in the data.
  let sentences: [Int]
  private let rows: [Int: Int32]
  private let starts: [Int]

  init(_ examples: DocumentExamples, _ documents: [Int]) {
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
