import Autodiff
import Compute
import Parallel

/// Code → tokens: at each step the decoder reads the token before and predicts the next.
///
/// Names: `decoder.embedding.weight` `[classes + 1, embedding]`, the last row for the start;
/// `decoder.rnn.…`, `decoder.output.…`.
public final class TokenDecoder<S: Real>: Sendable {
  /// Tokens of the vocabulary, the end, and whatever else may be predicted.
  public let classCount: Int
  let decoder: CodeDecoder<S>
  private let inputDropout: Double
  private let words: LookUpTable<S>
  private let projection: LinearLayer<S>

  init(
    _ configuration: AutoencoderConfiguration, classCount: Int, embeddingSize: Int, codeSize: Int,
    precision: Precision, in store: ParameterStore<S>
  ) {
    self.classCount = classCount
    inputDropout = configuration.inputDropout
    let scheme = configuration.stack.initialization
    words = LookUpTable(
      "decoder.embedding", count: classCount + 1, size: embeddingSize, scheme: scheme, in: store)
    decoder = CodeDecoder(
      "decoder", configuration, inputSize: embeddingSize, codeSize: codeSize, precision: precision,
      in: store)
    projection = LinearLayer(
      "decoder.output", inputSize: decoder.stack.outputSize, outputSize: classCount, scheme: scheme,
      precision: precision, in: store)
  }

  /// What is read at the first step.
  public var start: Int32 { Int32(classCount) }

  /// Records the loss of a minibatch, teacher-forced.
  ///
  /// - Parameters:
  ///   - code: `[sequences, code]`.
  ///   - inputs: the start and every token but the last, in the order of the code's plan.
  ///   - targets: every token.
  ///   - scale: weight of a token's `-ln p`.
  func record(
    _ code: Variable<S>, inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>,
    scale: Double, on tape: Tape<S>
  ) -> Loss<S> {
    let states = states(code, inputs, from: nil, on: tape)
    return tape.softmaxCrossEntropy(
      decoder.output(states, on: tape), targets: targets, projection, scale: scale)
  }

  /// Records predictions, `[tokens, classes]`, and the states after them.
  func recordLogits(
    _ code: Variable<S>, inputs: UnsafeBufferPointer<Int32>, states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> (logits: Variable<S>, final: [RecurrentState<S>]) {
    let states = self.states(code, inputs, from: states, on: tape)
    return (tape.linear(decoder.output(states, on: tape), projection), states.final.map { $0[0] })
  }

  private func states(
    _ code: Variable<S>, _ inputs: UnsafeBufferPointer<Int32>, from states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> StackOutput<S> {
    let x = tape.dropout(
      words.record(inputs, plan: code.plan, on: tape), probability: inputDropout,
      layer: AutoencoderConfiguration.decoderDropout)
    return decoder.record(code, x, states: states, on: tape)
  }
}
