import Autodiff
import Compute
import Parallel

/// Shape and regularisation of a language model.
public struct LanguageModelConfiguration: Sendable, Equatable {
  public var vocabularySize: Int
  public var embeddingSize: Int
  public var hiddenSize: Int
  public var layerCount: Int
  public var cell: CellKind
  /// The output layer's weight is the embedding table (Press & Wolf 2017).
  public var isTied: Bool
  /// Between layers and before the output layer (Zaremba et al. 2014).
  public var dropout: Double
  public var initialization: InitializationScheme
  public var forgetBias: Double
  /// Whether the first layer reads a `ProjectedTable`: the same model, faster where minibatches
  /// have more tokens than the vocabulary.
  public var projectsEmbedding: Bool

  public init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int = 1,
    cell: CellKind = .lstm, isTied: Bool = false, dropout: Double = 0,
    initialization: InitializationScheme = .pytorch, forgetBias: Double = 0,
    projectsEmbedding: Bool? = nil
  ) {
    self.projectsEmbedding = projectsEmbedding ?? (vocabularySize <= Self.projectedVocabulary)
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.cell = cell
    self.isTied = isTied
    self.dropout = dropout
    self.initialization = initialization
    self.forgetBias = forgetBias
  }

  /// Largest vocabulary that is projected unless told otherwise: well below the tokens of the
  /// minibatches that language models are trained with.
  public static let projectedVocabulary = 512
}

/// Predicts the next token: embedding → recurrent layers → softmax.
///
/// Parameter names are those of a PyTorch module with members `embedding`, `rnn` and `output` (and
/// `projection`, a linear layer down to the embedding size, where a tied model needs one).
public final class LanguageModel<S: Real>: Sendable {
  public let configuration: LanguageModelConfiguration
  public let precision: Precision
  public let parameters: ParameterStore<S>
  let table: Parameter<S>
  let tokenIndex: TokenIndex
  let stack: RecurrentStack<S>
  private let projectedTable: ProjectedTable<S>?
  let projection: LinearLayer<S>?
  let output: LinearLayer<S>

  /// Declares the parameters, takes their memory and writes their first values.
  public init(
    _ configuration: LanguageModelConfiguration, precision: Precision = .f32, seed: UInt64
  ) {
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    let scheme = configuration.initialization
    let vocabulary = configuration.vocabularySize
    let (embedding, hidden) = (configuration.embeddingSize, configuration.hiddenSize)
    let isTied = configuration.isTied
    // A tied table is an output layer too: its gradient is a product over all tokens. A small one
    // has most of its rows looked up, and is stepped as a whole.
    let isSmall =
      configuration.projectsEmbedding
      || vocabulary <= LanguageModelConfiguration.projectedVocabulary
    table = store.add(
      "embedding.weight", shape: [vocabulary, embedding],
      role: isTied ? .matrix : isSmall ? .projection : .table,
      initializer: scheme.embedding(size: embedding, isTied: isTied))
    tokenIndex = TokenIndex(idCount: vocabulary)
    stack = RecurrentStack(
      configuration.cell.cell, inputSize: embedding, hiddenSize: hidden,
      layerCount: configuration.layerCount, dropout: configuration.dropout, prefix: "rnn.",
      readsProjectedTable: configuration.projectsEmbedding,
      initialization: scheme.recurrent(forgetBias: configuration.forgetBias),
      precision: precision, in: store)
    projectedTable =
      configuration.projectsEmbedding
      ? ProjectedTable(table, stack.layers[0], precision: precision, in: store) : nil
    projection =
      isTied && embedding != hidden
      ? LinearLayer(
        "projection", inputSize: hidden, outputSize: embedding, scheme: scheme,
        precision: precision, in: store)
      : nil
    output = LinearLayer(
      "output", inputSize: isTied ? embedding : hidden, outputSize: vocabulary, scheme: scheme,
      tiedTo: isTied ? table : nil, precision: precision, in: store)
    store.allocate(seed: seed)
  }

  /// Records one minibatch.
  ///
  /// - Parameters:
  ///   - inputs, targets: one id a token, in token order; they must stay until the region has run.
  ///   - states: where the sequences start; nil for zeros.
  ///   - scale: weight of a token in the loss; nil for `1 / tokens`, the mean.
  /// - Returns: the loss, whose terms are nats a token, and the states after the last step.
  @discardableResult
  public func record(
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>, plan: RowPlan,
    states: [RecurrentState<S>?]? = nil, scale: Double? = nil, on tape: Tape<S>
  ) -> (loss: Loss<S>, states: [RecurrentState<S>]) {
    let (features, final) = record(inputs: inputs, plan: plan, states: states, on: tape)
    let loss = tape.softmaxCrossEntropy(
      features, targets: targets, output,
      scale: scale ?? 1 / Double(plan.layout.tokenCount))
    return (loss, final)
  }

  /// Records one minibatch up to the logits `[tokens, vocabulary]`, for sampling.
  public func recordLogits(
    inputs: UnsafeBufferPointer<Int32>, plan: RowPlan, states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> (logits: Variable<S>, states: [RecurrentState<S>]) {
    let (features, final) = record(inputs: inputs, plan: plan, states: states, on: tape)
    return (tape.linear(features, output), final)
  }

  private func record(
    inputs: UnsafeBufferPointer<Int32>, plan: RowPlan, states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> (features: Variable<S>, states: [RecurrentState<S>]) {
    var (features, final) = stack.record(states: states, on: tape) { initial in
      if let projectedTable {
        return tape.recurrence(
          inputs, through: projectedTable, index: tokenIndex, plan: plan, initial: initial)
      }
      let embedded = tape.embedding(inputs, table: table, index: tokenIndex, plan: plan)
      return tape.recurrence(embedded, stack.layers[0], initial: initial)
    }
    features = tape.dropout(
      features, probability: configuration.dropout, layer: configuration.layerCount)
    if let projection { features = tape.linear(features, projection) }
    return (features, final)
  }

  /// Elements of all matrices a token meets by the definition of the model; the embedding is looked
  /// up and not counted, a projected table's saving neither. A forward pass costs 2, a training step 6 times as many operations.
  public var matrixElementsPerToken: Int {
    stack.layers.reduce(0) { $0 + $1.matrixElements }
      + (projection?.weight.parameter.count ?? 0) + output.weight.parameter.count
  }
}
