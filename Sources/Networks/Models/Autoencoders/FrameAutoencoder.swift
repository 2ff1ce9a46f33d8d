import Autodiff
import Compute
import Parallel

/// Frames of sound → code → the same frames, in their order or in reverse, by their squared error.
///
/// The decoder is fed the frame before, or nothing but the code. It has no end: a segment is as long
/// as it is asked for. Noise on what the encoder reads, and frames the decoder must do without, make
/// it a denoising autoencoder.
///
/// Names: `encoder.rnn.…`, `encoder.code.…`, `decoder.rnn.…`, `decoder.initial_h_l0.…`,
/// `decoder.output.…`.
///
/// Source: Chung et al., "Audio Word2Vec: Unsupervised Learning of Audio Segment Representations using
/// Sequence-to-sequence Autoencoder" (2016).
package final class FrameAutoencoder<S: MatrixElement>: Autoencoder {
  package let configuration: AutoencoderConfiguration
  /// Columns of a frame.
  package let frameSize: Int
  /// Whether the decoder is fed the frame before.
  package let feedsFrames: Bool
  package let precision: Precision
  package let parameters: ParameterStore<S>
  private let encoder: SequenceEncoder<S>
  private let decoder: CodeDecoder<S>
  private let output: LinearLayer<S>
  private let readers = TokenIndex()

  package init(
    _ configuration: AutoencoderConfiguration, frameSize: Int, feedsFrames: Bool,
    precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.frameSize = frameSize
    self.feedsFrames = feedsFrames
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    encoder = SequenceEncoder(
      "encoder", configuration.encoder(inputSize: frameSize), codeSize: configuration.codeSize,
      precision: precision, in: store)
    decoder = CodeDecoder(
      "decoder", configuration, inputSize: feedsFrames ? frameSize : 0,
      codeSize: configuration.codeSize, precision: precision, in: store)
    output = LinearLayer(
      "decoder.output", inputSize: decoder.stack.outputSize, outputSize: frameSize,
      scheme: configuration.stack.initialization, precision: precision, in: store)
  }

  /// Records the codes of segments, `[segments, code]`.
  ///
  /// - Parameter x: `[tokens, frameSize]`.
  package func recordCodes(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    let x = tape.dropout(
      x, probability: configuration.inputDropout, layer: AutoencoderConfiguration.encoderDropout,
      isLocked: configuration.stack.isDropoutLocked)
    return encoder.record(x, on: tape)
  }

  /// Records a minibatch and its loss, whose terms are squared errors, summed over a frame.
  ///
  /// - Parameters:
  ///   - x: `[tokens, frameSize]`: what the encoder reads.
  ///   - partners: where something else is to be written than what was read: the plan of what is
  ///     written, and for each of its rows the row of `x` whose code it is written from. Memory stays
  ///     until the region has run.
  ///   - previous: what the decoder reads, one row for each that is written; nil where it is fed no
  ///     frames.
  ///   - targets: what it is to write, likewise.
  ///   - scale: weight of a square.
  package func record(
    _ x: Variable<S>, partners: (plan: RowPlan, rows: UnsafeBufferPointer<Int32>)? = nil,
    previous: Matrix<S>?, targets: Matrix<S>, scale: Double, on tape: Tape<S>
  ) -> (loss: Loss<S>, codes: Variable<S>) {
    let codes = recordCodes(x, on: tape)
    let read =
      partners.map {
        tape.gathered(codes, rows: $0.rows, readers: readers, plan: $0.plan, extent: .sequences)
      } ?? codes
    let states = states(read, previous, from: nil, on: tape)
    let loss = tape.squaredError(
      decoder.output(states, on: tape), targets: targets, output, scale: scale)
    return (loss, codes)
  }

  /// Records frames, `[tokens of the codes' plan, frameSize]`, and the states after them.
  func recordFrames(
    _ codes: Variable<S>, previous: Matrix<S>?, states: [RecurrentState<S>?]?, on tape: Tape<S>
  ) -> (frames: Variable<S>, final: [RecurrentState<S>]) {
    let states = self.states(codes, previous, from: states, on: tape)
    return (tape.linear(decoder.output(states, on: tape), output), states.final.map { $0[0] })
  }

  private func states(
    _ codes: Variable<S>, _ previous: Matrix<S>?, from states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> StackOutput<S> {
    precondition((previous != nil) == feedsFrames, "frames for a decoder that reads none")
    let x = previous.map { frames in
      tape.dropout(
        tape.variable(value: frames, plan: codes.plan, needsGradient: false),
        probability: configuration.inputDropout, layer: AutoencoderConfiguration.decoderDropout,
        isLocked: configuration.stack.isDropoutLocked)
    }
    return decoder.record(codes, x, states: states, on: tape)
  }

  var stateConfiguration: StackConfiguration { decoder.configuration }
}
