import TestSupport
import Unroll

/// An autoencoder with one minibatch: what the tests of its gradients and its determinism ask of it.
class AutoencoderProblem<S: MatrixElement>: TestProblem {
  let trainer: Trainer<RecordedModel<S, Void>>
  private var buffers: [UnsafeMutableBufferPointer<Int32>] = []

  init(_ parameters: ParameterStore<S>, workers: Int) {
    trainer = Trainer(recording: parameters, workers: workers)
  }

  deinit { for buffer in buffers { buffer.deallocate() } }

  /// Records the minibatch on the tape.
  func record(on tape: Tape<S>) { preconditionFailure("an abstract problem") }

  /// Leaves the gradients in the store; steps the weights if `learningRate` is given.
  func run(update: Int = 0, learningRate: Double? = nil) -> Double {
    trainer.run(update: update, learningRate: learningRate, record).result.loss
  }

  /// Integers that stay where they are as long as the problem lives.
  func integers(_ values: [Int32]) -> UnsafeBufferPointer<Int32> {
    let buffer = UnsafeMutableBufferPointer<Int32>.allocate(capacity: values.count)
    _ = buffer.initialize(from: values)
    buffers.append(buffer)
    return UnsafeBufferPointer(buffer)
  }

  /// Ids below `limit`.
  func ids(_ count: Int, below limit: Int, row: Int) -> UnsafeBufferPointer<Int32> {
    let random = RandomStream(seed: 3, purpose: .generator)
    return integers(
      (0..<count).map { Int32(random.word(row: row, index: $0) % UInt32(limit)) })
  }

  /// Numbers in ±1; padding is large but finite, and nobody may read it.
  func numbers(rows: Int, columns: Int, row: Int, on tape: Tape<S>) -> Matrix<S> {
    let random = RandomStream(seed: 3, purpose: .generator)
    let values = tape.arena.matrix(rows: rows, columns: columns)
    values.fill(100)
    values.assign(
      (0..<rows * columns).map { S(2 * random.uniform(row: row, index: $0) - 1) })
    return values
  }
}

/// Five sentences of seven tokens.
final class SentenceProblem<S: MatrixElement>: AutoencoderProblem<S> {
  let model: SentenceAutoencoder<S>
  private let layout = SequenceLayout(lengths: [5, 4, 4, 2, 1])

  init(_ configuration: AutoencoderConfiguration, workers: Int) {
    model = SentenceAutoencoder(configuration, vocabulary: 7, embeddingSize: 3).allocated(seed: 7)
    super.init(model.parameters, workers: workers)
  }

  override func record(on tape: Tape<S>) {
    let count = layout.tokenCount
    _ = model.record(
      ids(count, below: 8, row: 0), inputs: ids(count, below: 9, row: 1),
      targets: ids(count, below: 8, row: 2), scale: 1 / Double(count), plan: tape.plan(layout),
      on: tape)
  }
}

/// Four segments of frames of six numbers; what is written are the same, or others.
final class FrameProblem<S: MatrixElement>: AutoencoderProblem<S> {
  let model: FrameAutoencoder<S>
  private let layout = SequenceLayout(lengths: [5, 3, 3, 1])

  private let hasPartners: Bool

  init(
    _ configuration: AutoencoderConfiguration, feedsFrames: Bool, hasPartners: Bool = false,
    workers: Int
  ) {
    self.hasPartners = hasPartners
    model = FrameAutoencoder(configuration, frameSize: 6, feedsFrames: feedsFrames).allocated(
      seed: 7)
    super.init(model.parameters, workers: workers)
  }

  override func record(on tape: Tape<S>) {
    let written = hasPartners ? SequenceLayout(lengths: [4, 4, 2, 1]) : layout
    let count = written.tokenCount
    func frames(_ rows: Int, _ row: Int) -> Matrix<S> {
      numbers(rows: rows, columns: 6, row: row, on: tape)
    }
    _ = model.record(
      tape.variable(
        value: frames(layout.tokenCount, 0), plan: tape.plan(layout), needsGradient: false),
      partners: hasPartners ? (tape.plan(written), integers([2, 0, 1, 3])) : nil,
      previous: model.feedsFrames ? frames(count, 1) : nil, targets: frames(count, 2),
      scale: 1 / Double(6 * count), on: tape)
  }
}

/// Three documents of three, two and one sentences.
final class DocumentProblem<S: MatrixElement>: AutoencoderProblem<S> {
  let model: DocumentAutoencoder<S>
  private let sentences = SequenceLayout(lengths: [4, 3, 3, 2, 2, 2])
  private let documents = SequenceLayout(lengths: [4, 3, 2])
  private let text = SequenceLayout(lengths: [4, 3, 3, 2, 2, 2, 1, 1, 1])

  init(_ configuration: AutoencoderConfiguration, workers: Int) {
    model = DocumentAutoencoder(configuration, vocabulary: 7, embeddingSize: 3).allocated(seed: 7)
    super.init(model.parameters, workers: workers)
  }

  override func record(on tape: Tape<S>) {
    // Steps in token order: first sentences of all three, second ones, …, ends.
    let input = DocumentInput(
      sentences: tape.plan(sentences), tokens: ids(sentences.tokenCount, below: 8, row: 0),
      documents: tape.plan(documents), sentenceOfStep: integers([4, 0, 5, 2, 1, -1, 3, -1, -1]))
    let target = DocumentText(
      previousOfStep: integers([-1, -1, -1, 4, 0, 5, 2, 1, 3]), sentences: tape.plan(text),
      stepOfSentence: integers([1, 4, 3, 6, 0, 2, 5, 7, 8]),
      inputs: ids(text.tokenCount, below: 10, row: 1),
      targets: ids(text.tokenCount, below: 9, row: 2))
    _ = model.record(input, target, scale: 1 / Double(text.tokenCount), on: tape)
  }
}
