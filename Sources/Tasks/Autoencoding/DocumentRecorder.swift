import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts documents on a tape, and writes them from their codes.
final class DocumentRecorder: TextRecorder {
  let model: DocumentAutoencoder<Float>
  private let dropout: FedTokenDropout
  private let writer: DocumentWriter<Float>
  private let buffers = (0..<6).map { _ in IDBuffer() }

  init(_ model: DocumentAutoencoder<Float>, _ dropout: FedTokenDropout, team: WorkerTeam) {
    self.model = model
    self.dropout = dropout
    writer = DocumentWriter(model, team: team)
  }

  func record(
    _ examples: TextExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> RecordedText {
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
      let sources = sentences.map(order.row)
      let end = order.sentences.count + row
      previous.write([-1] + sources, to: row, of: documents)
      for (step, source) in (sources + [Int32(end)]).enumerated() {
        stepOf[Int(source)] = Int32(documents.offsets[step] + row)
      }
      for (sentence, source) in zip(sentences, sources) {
        let ids = Array(examples.sentences[sentence])
        asked.write(ids + [model.end], to: Int(source), of: layout)
        fed.write(
          [model.decoder.start] + dropout.applied(to: ids, sentence: sentence, update: update),
          to: Int(source), of: layout)
      }
      asked.write([model.endOfDocument], to: end, of: layout)
      fed.write([model.decoder.start], to: end, of: layout)
    }
    let (loss, codes) = model.record(
      input,
      DocumentText(
        previousOfStep: UnsafeBufferPointer(previous), sentences: tape.plan(layout),
        stepOfSentence: UnsafeBufferPointer(stepOf), inputs: UnsafeBufferPointer(fed),
        targets: UnsafeBufferPointer(asked)),
      scale: 1 / Double(tape.total(of: layout.tokenCount)), on: tape)
    return RecordedText(loss: loss, codes: codes, count: layout.tokenCount)
  }

  func recordCodes(
    _ examples: TextExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    model.recordCodes(input(examples, rows, on: tape).input, on: tape).documents
  }

  /// The sentences of the documents `rows`, longest first, and where each of them stands.
  private func input(
    _ examples: TextExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> (input: DocumentInput, order: SentenceOrder) {
    let order = SentenceOrder(examples, rows)
    let sentences = SequenceLayout(
      lengths: order.sentences.map { examples.sentences[$0].count + 1 })
    let tokens = buffers[0].reserve(sentences.tokenCount)
    for (row, sentence) in order.sentences.enumerated() {
      tokens.write(examples.sentences[sentence] + [model.end], to: row, of: sentences)
    }
    let documents = SequenceLayout(lengths: rows.map { examples.sentences(of: $0).count + 1 })
    let steps = buffers[1].reserve(documents.tokenCount)
    for (row, document) in rows.enumerated() {
      steps.write(
        examples.sentences(of: document).map(order.row) + [-1], to: row, of: documents)
    }
    return (
      DocumentInput(
        sentences: tape.plan(sentences), tokens: UnsafeBufferPointer(tokens),
        documents: tape.plan(documents), sentenceOfStep: UnsafeBufferPointer(steps)), order
    )
  }

  func write(_ codes: Matrix<Float>, limits: [TextLimits]) -> [[[Int32]]] {
    writer.write(codes, limits: limits)
  }
}

/// The sentences of some documents, longest first.
private struct SentenceOrder {
  /// Their places in the data.
  let sentences: [Int]
  private let rows: [Int: Int32]

  init(_ examples: TextExamples, _ documents: [Int]) {
    // Equal lengths stand as in the data.
    sentences = documents.flatMap { examples.sentences(of: $0) }.sorted {
      (examples.sentences[$1].count, $0) < (examples.sentences[$0].count, $1)
    }
    rows = Dictionary(
      uniqueKeysWithValues: sentences.enumerated().map { ($1, Int32($0)) })
  }

  /// Its row among all of them.
  func row(_ sentence: Int) -> Int32 {
    guard let row = rows[sentence] else { preconditionFailure("sentence \(sentence)") }
    return row
  }
}
