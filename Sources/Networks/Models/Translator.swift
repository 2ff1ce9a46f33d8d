import Autodiff
import Compute
import Parallel

/// Sequence to sequence: an encoder reads the source, a decoder that starts from its final states
/// writes the target, one token after the other, from the start symbol to the stop symbol.
///
///     h(t) = decoder(e(y(t-1)), h(t-1))
///     a(t) = tanh(W [context(t); h(t)])         context: attention of h(t) over the encoder's outputs
///     p(y(t)) = softmax(V a(t) + b)             without attention a(t) = h(t)
///
/// In training the decoder is given the true y(t-1), so that it is one recurrence over all steps, and
/// attention one operation over all of them. Where a(t-1) is fed beside y(t-1) (`feedsInput`), or
/// y(t-1) is sometimes the model's own, it goes step by step.
///
/// - Layer l of the decoder starts from the final states of the encoder's layer l: from those
///   themselves, or from a linear map of all directions side by side (`bridge`).
/// - Source and target stand in plans of their own, each sorted by its own lengths.
///
/// Parameter names are those of a PyTorch module with members `source_embedding`, `encoder`,
/// `bridge_h_l0`, `bridge_c_l0` …, `target_embedding`, `decoder`, `attention`, `combination` and
/// `output`.
///
/// Sources: Sutskever, Vinyals & Le, "Sequence to Sequence Learning with Neural Networks" (2014);
/// Bahdanau, Cho & Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate"
/// (2015); Luong, Pham & Manning, "Effective Approaches to Attention-based Neural Machine
/// Translation" (2015), whose a(t) and input feeding these are.
package final class Translator<S: MatrixElement>: Parameterized {
  package let configuration: TranslatorConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  private let sources: LookUpTable<S>
  let targets: LookUpTable<S>
  private let encoder: RecurrentStack<S>
  let decoder: RecurrentStack<S>
  /// For each layer one of each state.
  private let bridges: [[LinearLayer<S>]]
  private let attention: AttentionLayer<S>?
  /// To what the output layer reads; nil where that is h itself.
  private let combination: LinearLayer<S>?
  let output: OutputLayer<S>
  /// One for each of the decoder's states.
  private let readers: [[TokenIndex]]
  let sampledTokens = SampledTokens()

  /// Declares the parameters.
  package init(
    _ configuration: TranslatorConfiguration, precision: Precision = .f32
  ) {
    configuration.check()
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    let (encoder, decoder) = (configuration.encoder, configuration.decoder)
    let (scheme, tying) = (decoder.initialization, configuration.tying)
    func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> LinearLayer<S> {
      LinearLayer(
        name, inputSize: inputs, outputSize: outputs, scheme: scheme, precision: precision,
        in: store)
    }
    targets = LookUpTable(
      "target_embedding", count: configuration.outputCount, size: decoder.inputSize,
      isTied: tying != .none, isSteppedByRows: configuration.output.steppedByRows, scheme: scheme,
      in: store)
    sources =
      tying == .all
      ? LookUpTable(sharing: targets)
      : LookUpTable(
        "source_embedding", count: configuration.sourceCount, size: encoder.inputSize,
        scheme: scheme, in: store)
    self.encoder = RecurrentStack(encoder, prefix: "encoder.", precision: precision, in: store)
    let layers = 0..<decoder.layerCount
    bridges =
      configuration.needsBridge
      ? layers.map { layer in
        zip(["h", "c"], zip(encoder.stateSizes, decoder.stateSizes)).map { name, sizes in
          linear("bridge_\(name)_l\(layer)", encoder.directionCount * sizes.0, sizes.1)
        }
      } : []
    readers = layers.map { _ in decoder.stateSizes.map { _ in TokenIndex() } }
    var fedDecoder = decoder
    if configuration.feedsInput { fedDecoder.inputSize += configuration.featureSize }
    // Place 0 is the source's embedding, then come the layers; the target's likewise.
    self.decoder = RecurrentStack(
      fedDecoder, prefix: "decoder.", firstDropout: encoder.layerCount, precision: precision,
      in: store)
    attention = configuration.attention.map {
      AttentionLayer(
        "attention", score: $0, querySize: decoder.outputSize, keySize: encoder.outputSize,
        unitCount: configuration.attentionSize, scheme: scheme, precision: precision, in: store)
    }
    let features = configuration.featureSize
    combination =
      configuration.attention != nil
      ? linear("combination", encoder.outputSize + decoder.outputSize, features)
      : features != decoder.outputSize ? linear("combination", decoder.outputSize, features) : nil
    output = OutputLayer(
      "output", configuration.output, inputSize: features, classes: configuration.outputCount,
      tiedTo: tying == .none ? nil : targets.table, scheme: scheme, precision: precision,
      in: store)
  }

  /// Records a minibatch and its loss.
  ///
  /// - Parameters:
  ///   - sampling: how probably the decoder is given its own last token instead of the true one; 0 unless
  ///     the output is full.
  ///   - smoothing: share of a token's probability that all tokens get alike; 0 unless the output is full.
  ///   - scale: weight of a token in the loss; nil for `1 / tokens`, the mean.
  /// - Returns: the loss, whose terms are nats a token of the target, stop symbols included.
  @discardableResult
  package func record(
    _ batch: TranslatorMinibatch, sampling: Double = 0, smoothing: Double = 0,
    scale: Double? = nil, on tape: Tape<S>
  ) -> TokenLoss<S> {
    let scale = scale ?? 1 / Double(tape.total(of: batch.targetPlan.layout.tokenCount))
    let encoding = encode(batch.sources, plan: batch.sourcePlan, on: tape)
    let states = gathered(encoding.states, rows: batch.rows, plan: batch.targetPlan, on: tape)
    let isStepwise = configuration.isStepwise || sampling > 0 && tape.hasNoise
    let features =
      isStepwise
      ? recordSteps(batch, encoding, states, sampling: sampling, on: tape)
      : recordWhole(batch, encoding, states, coverageScale: scale, on: tape)
    return tape.tokenLoss(
      dropout(features, place: decoderPlace + configuration.decoder.layerCount, on: tape),
      targets: batch.targets, output, smoothing: smoothing, scale: scale)
  }

  /// The decoder as one recurrence: `[target tokens, featureSize]`.
  private func recordWhole(
    _ batch: TranslatorMinibatch, _ encoding: Encoding, _ states: [RecurrentState<S>],
    coverageScale: Double, on tape: Tape<S>
  ) -> Variable<S> {
    let embedded = dropout(
      targets.record(batch.inputs, plan: batch.targetPlan, on: tape), place: decoderPlace, on: tape)
    let h = decoder.record(embedded, states: states.map { [$0] }, on: tape).output
    return attend(
      h, encoding.memory, rows: batch.rows,
      coverage: tape.hasNoise ? configuration.coverage * coverageScale : 0, on: tape
    ).features
  }

  /// What a source has become.
  struct Encoding {
    /// Nil without attention.
    let memory: AttentionMemory<S>?
    /// Of every layer of the decoder, one row a source.
    let states: [RecurrentState<S>]
  }

  /// Records the encoder.
  func encode(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Encoding {
    let embedded = dropout(sources.record(ids, plan: plan, on: tape), place: 0, on: tape)
    let result = encoder.record(embedded, on: tape)
    let states = result.final.enumerated().map { layer, directions in
      guard configuration.needsBridge else { return directions[0] }
      let parts = [directions.map(\.h), directions.compactMap(\.c)]
      let bridged = zip(bridges[layer], parts).map {
        tape.linear(tape.concatenated($1), $0)
      }
      return RecurrentState(h: bridged[0], c: bridged.count > 1 ? bridged[1] : nil)
    }
    return Encoding(
      memory: attention.map { tape.attentionMemory(result.output, $0) }, states: states)
  }

  /// States of sources as those of the targets that `rows` give them to.
  private func gathered(
    _ states: [RecurrentState<S>], rows: UnsafeBufferPointer<Int32>, plan: RowPlan,
    on tape: Tape<S>
  ) -> [RecurrentState<S>] {
    zip(states, readers).map { state, readers in
      func gathered(_ x: Variable<S>, _ reader: TokenIndex) -> Variable<S> {
        tape.gathered(x, rows: rows, readers: reader, plan: plan, extent: .sequences)
      }
      return RecurrentState(
        h: gathered(state.h, readers[0]), c: state.c.map { gathered($0, readers[1]) })
    }
  }

  /// Records what stands between the decoder and the output layer.
  ///
  /// - Returns: `[tokens, featureSize]`, and the weights of attention `[tokens, longest source]`.
  func attend(
    _ h: Variable<S>, _ memory: AttentionMemory<S>?, rows: UnsafeBufferPointer<Int32>,
    coverage: Double = 0, on tape: Tape<S>
  ) -> (features: Variable<S>, weights: Matrix<S>?) {
    guard let attention, let memory else {
      return (combination.map { tape.linear(h, $0) } ?? h, nil)
    }
    let (context, weights) = tape.attention(
      h, over: memory, attention, sources: rows, coverage: coverage)
    guard let combination else { preconditionFailure("attention without a combination") }
    return (tape.tanh(tape.linear(tape.concatenated([context, h]), combination)), weights)
  }

  /// Where the masks of the decoder begin.
  var decoderPlace: Int { configuration.encoder.layerCount }

  func dropout(
    _ x: Variable<S>, place: Int, isLocked: Bool = false, on tape: Tape<S>
  ) -> Variable<S> {
    tape.dropout(
      x, probability: configuration.decoder.dropout, layer: place,
      isLocked: isLocked || configuration.decoder.isDropoutLocked)
  }

  /// Elements of all matrices that a token of the source and one of the target meet together;
  /// scores and means of attention, which grow with the source, are not counted.
  package var matrixElements: Int {
    let linear = bridges.joined().map(\.weight) + [combination?.weight].compactMap(\.self)
    return encoder.matrixElements + decoder.matrixElements + output.matrixElements
      + linear.reduce(0) { $0 + $1.parameter.count }
  }
}

/// Sources with their targets. Memory stays until the region has run.
package struct TranslatorMinibatch {
  package var sourcePlan: RowPlan
  /// One id a token, in that plan's token order.
  package var sources: UnsafeBufferPointer<Int32>
  package var targetPlan: RowPlan
  /// What the decoder is given: the start symbol, then the target's tokens.
  package var inputs: UnsafeBufferPointer<Int32>
  /// What it is asked for: the target's tokens, then the stop symbol.
  package var targets: UnsafeBufferPointer<Int32>
  /// For each row of the targets that of its source.
  package var rows: UnsafeBufferPointer<Int32>

  package init(
    sourcePlan: RowPlan, sources: UnsafeBufferPointer<Int32>, targetPlan: RowPlan,
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>,
    rows: UnsafeBufferPointer<Int32>
  ) {
    self.sourcePlan = sourcePlan
    self.sources = sources
    self.targetPlan = targetPlan
    self.inputs = inputs
    self.targets = targets
    self.rows = rows
  }
}
