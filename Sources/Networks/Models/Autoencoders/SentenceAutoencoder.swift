import Autodiff
import Compute
import Parallel

/// Tokens → code → the same tokens, or the same in reverse order: encoder and decoder with weights of
/// their own, trained together. The decoder sees the sentence through its code alone.
///
/// Encoder: the tokens and their end. Decoder: the end is predicted like a token.
///
/// Sources: Sutskever, Vinyals & Le (2014) for the pair of networks; Dai & Le, "Semi-supervised
/// Sequence Learning" (2015) for their use as a sequence autoencoder.
package final class SentenceAutoencoder<S: MatrixElement>: Autoencoder {
  package let configuration: AutoencoderConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  package let decoder: TokenDecoder<S>
  private let encoder: TokenEncoder<S>

  /// - Parameter vocabulary: tokens, their ids below it.
  package init(
    _ configuration: AutoencoderConfiguration, vocabulary: Int, embeddingSize: Int,
    precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    end = Int32(vocabulary)
    let store = ParameterStore<S>()
    parameters = store
    decoder = TokenDecoder(
      configuration, classCount: vocabulary + 1, embeddingSize: embeddingSize,
      codeSize: configuration.codeSize, precision: precision, in: store)
    encoder = TokenEncoder(
      configuration, vocabulary: vocabulary, embeddingSize: embeddingSize,
      sharing: decoder.words, precision: precision, in: store)
  }

  /// What ends every sentence, for encoder and decoder.
  package let end: Int32

  /// Records the codes of sentences, `[sentences, code]`.
  ///
  /// - Parameter tokens: one id a token, the end of every sentence among them.
  package func recordCodes(
    _ tokens: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    encoder.record(tokens, plan: plan, on: tape)
  }

  /// Records a minibatch and its loss, whose terms are nats a token.
  ///
  /// - Parameters:
  ///   - tokens: what the encoder reads, as for `recordCodes`.
  ///   - inputs: what the decoder reads: `decoder.start`, then the sentence.
  ///   - targets: what it is to write: the sentence, then its end.
  ///   - scale: weight of a token.
  package func record(
    _ tokens: UnsafeBufferPointer<Int32>, inputs: UnsafeBufferPointer<Int32>,
    targets: UnsafeBufferPointer<Int32>, scale: Double, plan: RowPlan, on tape: Tape<S>
  ) -> (loss: Loss<S>, codes: Variable<S>) {
    let codes = recordCodes(tokens, plan: plan, on: tape)
    return (
      decoder.record(codes, inputs: inputs, targets: targets, scale: scale, on: tape), codes
    )
  }
}

/// Tokens, the end of their sentence among them → code. Names: `encoder.embedding.weight`
/// `[vocabulary + 1, embedding]`, unless the decoder's is read (`isTied`), `encoder.rnn.…`,
/// `encoder.code.…`.
final class TokenEncoder<S: MatrixElement>: Sendable {
  private let inputDropout: Double
  private let isDropoutLocked: Bool
  private let words: LookUpTable<S>
  private let encoder: SequenceEncoder<S>

  init(
    _ configuration: AutoencoderConfiguration, vocabulary: Int, embeddingSize: Int,
    sharing table: LookUpTable<S>, precision: Precision, in store: ParameterStore<S>
  ) {
    inputDropout = configuration.inputDropout
    isDropoutLocked = configuration.stack.isDropoutLocked
    words =
      configuration.isTied
      ? LookUpTable(sharing: table)
      : LookUpTable(
        "encoder.embedding", count: vocabulary + 1, size: embeddingSize,
        scheme: configuration.stack.initialization, in: store)
    encoder = SequenceEncoder(
      "encoder", configuration.encoder(inputSize: embeddingSize), codeSize: configuration.codeSize,
      precision: precision, in: store)
  }

  func record(
    _ tokens: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    let x = tape.dropout(
      words.record(tokens, plan: plan, on: tape), probability: inputDropout,
      layer: AutoencoderConfiguration.encoderDropout, isLocked: isDropoutLocked)
    return encoder.record(x, on: tape)
  }
}
