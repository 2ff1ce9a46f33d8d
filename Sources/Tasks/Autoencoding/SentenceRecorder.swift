import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts sentences on a tape, and writes them from their codes, forward or backward.
final class SentenceRecorder: TextRecorder {
  let model: SentenceAutoencoder<Float>
  private let isReversed: Bool
  private let dropout: FedTokenDropout
  private let writer: GreedyTokenWriter<Float>
  private let buffers = (read: IDBuffer(), fed: IDBuffer(), asked: IDBuffer())

  init(
    _ model: SentenceAutoencoder<Float>, isReversed: Bool, _ dropout: FedTokenDropout,
    team: WorkerTeam
  ) {
    self.model = model
    self.isReversed = isReversed
    self.dropout = dropout
    writer = GreedyTokenWriter(model.decoder, precision: model.precision, team: team)
  }

  func record(
    _ examples: TextExamples, _ rows: [Int], dropoutOf update: Int?, on tape: Tape<Float>
  ) -> RecordedText {
    let layout = layout(examples, rows)
    let count = layout.tokenCount
    let (read, fed, asked) = (
      read(examples, rows, layout), buffers.fed.reserve(count), buffers.asked.reserve(count)
    )
    for (row, example) in rows.enumerated() {
      let sentence = Array(examples.sentences[example])
      let written = isReversed ? sentence.reversed() : sentence
      asked.write(written + [model.end], to: row, of: layout)
      fed.write(
        [model.decoder.start] + dropout.applied(to: written, sentence: example, update: update),
        to: row, of: layout)
    }
    let (loss, codes) = model.record(
      read, inputs: UnsafeBufferPointer(fed), targets: UnsafeBufferPointer(asked),
      scale: 1 / Double(tape.total(of: count)), plan: tape.plan(layout), on: tape)
    return RecordedText(loss: loss, codes: codes, count: count)
  }

  func recordCodes(
    _ examples: TextExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    let layout = layout(examples, rows)
    return model.recordCodes(read(examples, rows, layout), plan: tape.plan(layout), on: tape)
  }

  /// A step for each token and one for the end.
  private func layout(_ examples: TextExamples, _ rows: [Int]) -> SequenceLayout {
    SequenceLayout(lengths: rows.map { examples.sentences[$0].count + 1 })
  }

  private func read(
    _ examples: TextExamples, _ rows: [Int], _ layout: SequenceLayout
  ) -> UnsafeBufferPointer<Int32> {
    let read = buffers.read.reserve(layout.tokenCount)
    for (row, example) in rows.enumerated() {
      read.write(examples.sentences[example] + [model.end], to: row, of: layout)
    }
    return UnsafeBufferPointer(read)
  }

  func write(_ codes: Matrix<Float>, limits: [TextLimits]) -> [[[Int32]]] {
    writer.write(codes, firstEnd: model.end, limits: limits.map(\.tokens)).map {
      [isReversed ? $0.tokens.reversed() : $0.tokens]
    }
  }
}
