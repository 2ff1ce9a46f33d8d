import Autodiff
import Compute
import Parallel

/// Input → recurrent layers → one prediction a sequence (many-to-one) or a step (aligned
/// many-to-many).
///
/// Parameter names are those of a PyTorch module with members `embedding` (where steps are tokens),
/// `rnn`, `self_attention` (where steps attend), `attention` (where pooling does) and `output`.
package final class SequenceModel<S: MatrixElement>: Parameterized {
  package let configuration: SequenceModelConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  package let stack: RecurrentStack<S>
  /// `[vocabulary, embedding]`.
  package var table: Parameter<S>? { tokens?.table }
  private let tokens: LookUpTable<S>?
  private let selfAttention: SelfAttentionLayer<S>?
  private let attention: AttentionPoolingLayer<S>?
  private let output: LinearLayer<S>

  /// Declares the parameters.
  ///
  /// - Parameters:
  ///   - further: vectors of tokens behind those of the table, for reading alone.
  ///   - freezesTokens: whether training leaves the table as it is.
  package init(
    _ configuration: SequenceModelConfiguration, further: (any FurtherRows)? = nil,
    freezesTokens: Bool = false, precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    let scheme = configuration.stack.initialization
    switch configuration.input {
    case .tokens(let vocabulary, let embedding), .bags(let vocabulary, let embedding):
      tokens = LookUpTable(
        "embedding", count: vocabulary, size: embedding, further: further,
        isFrozen: freezesTokens, scheme: scheme, in: store)
    case .vectors: tokens = nil
    }
    stack = RecurrentStack(configuration.stack, precision: precision, in: store)
    selfAttention = configuration.selfAttention.map { [size = stack.outputSize] in
      SelfAttentionLayer(
        "self_attention", score: $0, size: size, scheme: scheme, precision: precision, in: store)
    }
    let size = configuration.featureSize
    attention =
      configuration.pooling == .attention
      ? AttentionPoolingLayer(
        "attention", inputSize: size, unitCount: size, scheme: scheme, precision: precision,
        in: store) : nil
    output = LinearLayer(
      "output", inputSize: size, outputSize: configuration.head.outputCount, scheme: scheme,
      precision: precision, in: store)
  }

  /// Records a minibatch up to what the output layer reads: one row a sequence, or one a token.
  ///
  /// - Parameter states: where the sequences start, one a layer and direction; nil for zeros.
  package func record(
    _ input: SequenceInput<S>, plan: RowPlan, states: [[RecurrentState<S>?]]? = nil,
    on tape: Tape<S>
  ) -> SequenceFeatures<S> {
    var x: Variable<S>
    switch input {
    case .tokens(let ids):
      guard let tokens else { preconditionFailure("the model reads vectors") }
      x = tokens.record(ids, plan: plan, on: tape)
    case .bags(let bags):
      guard let tokens else { preconditionFailure("the model reads vectors") }
      x = tokens.record(bags, plan: plan, on: tape)
    case .vectors(let values):
      x = tape.variable(value: values, plan: plan, needsGradient: false)
    }
    let isLocked = configuration.stack.isDropoutLocked
    x = tape.dropout(x, probability: configuration.inputDropout, layer: 0, isLocked: isLocked)
    let result = stack.record(x, states: states, on: tape)
    var (weights, selfWeights): (Matrix<S>?, Matrix<S>?)
    var features = result.output
    if let selfAttention {
      (features, selfWeights) = tape.selfAttention(features, selfAttention)
    }
    switch configuration.pooling {
    case nil: break
    case .last:
      let states = result.final[result.final.count - 1].map(\.h)
      features = states.count == 1 ? states[0] : tape.concatenated(states)
    case .mean: features = tape.meanPooled(features)
    case .max: features = tape.maxPooled(features)
    case .attention:
      guard let attention else { preconditionFailure("no attention") }
      (features, weights) = tape.attentionPooled(features, attention)
    }
    features = tape.dropout(
      features, probability: configuration.stack.dropout, layer: configuration.stack.layerCount,
      isLocked: isLocked)
    return SequenceFeatures(
      features: features, attention: weights, selfAttention: selfWeights, stack: result)
  }

  /// Records the outputs: logits of classes or labels, or the numbers. No nonlinearity.
  package func outputs(_ features: SequenceFeatures<S>, on tape: Tape<S>) -> Variable<S> {
    tape.linear(features.features, output)
  }

  /// Records outputs and their loss, the mean over all predictions.
  ///
  /// - Parameters:
  ///   - rowWeights: how much each row counts, where one of some classes is predicted; nil for 1.
  ///   - smoothing: share of a class's probability that all classes get alike.
  /// - Returns: the loss and the number of predictions: targets that are asked for, rows of labels,
  ///   or numbers.
  package func loss(
    _ features: SequenceFeatures<S>, _ targets: SequenceTargets<S>,
    rowWeights: UnsafeBufferPointer<S>? = nil, smoothing: Double = 0, on tape: Tape<S>
  ) -> (loss: Loss<S>, count: Int) {
    let x = features.features
    func scale(_ count: Int) -> Double { 1 / Double(max(1, tape.total(of: count))) }
    switch (configuration.head, targets) {
    case (.softmax, .classes(let classes)):
      let count = classes.count { $0 >= 0 }
      return (
        tape.softmaxCrossEntropy(
          x, targets: classes, output, smoothing: smoothing, rowWeights: rowWeights,
          scale: scale(count)), max(1, count)
      )
    case (.sigmoid, .values(let values)):
      let count = values.rows
      return (tape.sigmoidCrossEntropy(x, targets: values, output, scale: scale(count)), count)
    case (.regression, .values(let values)):
      let count = values.rows * values.columns
      return (tape.squaredError(x, targets: values, output, scale: scale(count)), count)
    case (.quantiles(_, let levels), .values(let values)):
      let count = values.rows * values.columns * levels.count
      return (
        tape.quantileError(
          x, targets: values, levels: levels.map { S($0) }, output, scale: scale(count)), count
      )
    default: preconditionFailure("\(configuration.head) takes other targets")
    }
  }
}

/// The steps of a minibatch in token order. Memory stays until the region has run.
package enum SequenceInput<S: MatrixElement> {
  /// One id a token.
  case tokens(UnsafeBufferPointer<Int32>)
  /// Any number of ids a token.
  case bags(TokenBags)
  /// `[tokens, width]`.
  case vectors(Matrix<S>)
}

/// What is to be predicted, one row a sequence or one a token. Memory stays until the region has run.
package enum SequenceTargets<S: MatrixElement> {
  /// One class a row; -1 asks for none.
  case classes(UnsafeBufferPointer<Int32>)
  /// `[rows, outputs]`.
  case values(Matrix<S>)
}

/// What a model makes of a minibatch before the output layer.
package struct SequenceFeatures<S: MatrixElement> {
  /// `[sequences or tokens, featureSize]`.
  package let features: Variable<S>
  /// `[tokens, 1]` where pooling attends: how much of each step, to be read after the region.
  package let attention: Matrix<S>?
  /// `[tokens, longest sequence]` where steps attend: how much of each step of its sequence; likewise.
  package let selfAttention: Matrix<S>?
  package let stack: StackOutput<S>
}
