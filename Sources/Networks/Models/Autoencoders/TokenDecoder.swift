import Autodiff
import Compute
import Parallel

/// Code → tokens: at each step the decoder reads the token before and predicts the next.
///
/// Names: `decoder.embedding.weight` `[classes + 1, embedding]`, the last row for the start;
/// `decoder.rnn.…`, `decoder.output.…`. With one table for all (`isTied`), which is then also the
/// output layer's weight, the start is a class that is never a target; `decoder.projection.…` makes
/// outputs as wide as embeddings where they are not.
package final class TokenDecoder<S: MatrixElement>: Sendable {
  /// Tokens of the vocabulary, the end, and whatever else may be predicted.
  package let classCount: Int
  let decoder: CodeDecoder<S>
  private let inputDropout: Double
  let words: LookUpTable<S>
  private let projection: LinearLayer<S>?
  private let output: LinearLayer<S>

  init(
    _ configuration: AutoencoderConfiguration, classCount: Int, embeddingSize: Int, codeSize: Int,
    precision: Precision, in store: ParameterStore<S>
  ) {
    self.classCount = classCount
    inputDropout = configuration.inputDropout
    let scheme = configuration.stack.initialization
    let isTied = configuration.isTied
    words = LookUpTable(
      "decoder.embedding", count: classCount + 1, size: embeddingSize, isTied: isTied,
      scheme: scheme, in: store)
    decoder = CodeDecoder(
      "decoder", configuration, inputSize: embeddingSize, codeSize: codeSize, precision: precision,
      in: store)
    let features = decoder.stack.outputSize
    projection =
      isTied && features != embeddingSize
      ? LinearLayer(
        "decoder.projection", inputSize: features, outputSize: embeddingSize, scheme: scheme,
        precision: precision, in: store) : nil
    output = LinearLayer(
      "decoder.output", inputSize: isTied ? embeddingSize : features,
      outputSize: isTied ? classCount + 1 : classCount, scheme: scheme,
      tiedTo: isTied ? words.table : nil, precision: precision, in: store)
  }

  /// What is read at the first step.
  package var start: Int32 { Int32(classCount) }

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
      features(states, on: tape), targets: targets, output, scale: scale)
  }

  /// Records predictions, `[tokens, classes]`, the start among them where tables are one, and the
  /// states after them.
  func recordLogits(
    _ code: Variable<S>, inputs: UnsafeBufferPointer<Int32>, states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> (logits: Variable<S>, final: [RecurrentState<S>]) {
    let states = self.states(code, inputs, from: states, on: tape)
    return (tape.linear(features(states, on: tape), output), states.final.map { $0[0] })
  }

  /// What the output layer reads.
  private func features(_ states: StackOutput<S>, on tape: Tape<S>) -> Variable<S> {
    let h = decoder.output(states, on: tape)
    return projection.map { tape.linear(h, $0) } ?? h
  }

  private func states(
    _ code: Variable<S>, _ inputs: UnsafeBufferPointer<Int32>, from states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> StackOutput<S> {
    let x = tape.dropout(
      words.record(inputs, plan: code.plan, on: tape), probability: inputDropout,
      layer: AutoencoderConfiguration.decoderDropout,
      isLocked: decoder.configuration.isDropoutLocked)
    return decoder.record(code, x, states: states, on: tape)
  }
}
