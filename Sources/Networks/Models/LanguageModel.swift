import Autodiff
import Compute
import Parallel

/// Shape and regularisation of a language model.
package struct LanguageModelConfiguration: Sendable, Equatable {
  package var vocabularySize: Int
  /// The recurrent layers, which read the embedding. Unidirectional: a layer that reads backward
  /// has seen the token that is asked for. Its dropout acts before the output layer too.
  package var stack: StackConfiguration
  /// The output layer's weight is the embedding table (Press & Wolf 2017); of an adaptive output its matrices
  /// are those of an adaptive embedding.
  package var isTied: Bool
  package var output: OutputForm
  /// The clusters of an `AdaptiveEmbedding`; nil for one table. Tied, those of the output.
  package var adaptiveInputs: VocabularyClusters?
  /// N-grams of tokens beside the network, of an output that takes them.
  package var ngrams: NGramForm?
  /// Whether the first layer reads a `MultipliedTable`, if nothing else reads the embedding: the same
  /// model, faster where minibatches have more tokens than the vocabulary.
  package var multipliesEmbedding: Bool
  /// Noise and penalties outside the recurrent layers.
  package var regularization: LanguageModelRegularization

  /// - Parameter multipliesEmbedding: nil: where the vocabulary is a `SmallVocabulary`.
  package init(
    vocabularySize: Int, stack: StackConfiguration, isTied: Bool = false,
    output: OutputForm = .full, adaptiveInputs: VocabularyClusters? = nil,
    ngrams: NGramForm? = nil,
    regularization: LanguageModelRegularization = LanguageModelRegularization(),
    multipliesEmbedding: Bool? = nil
  ) {
    precondition(
      !isTied
        || (adaptiveInputs.map { output == .adaptive($0) } ?? output.hasOneMatrix),
      "this output has no matrix to share")
    self.output = output
    self.adaptiveInputs = adaptiveInputs
    self.ngrams = ngrams
    self.regularization = regularization
    // A table of an output layer that draws is owed its gradient by rows.
    self.multipliesEmbedding =
      (multipliesEmbedding ?? (vocabularySize <= SmallVocabulary.limit))
      && !(isTied && output.steppedByRows) && adaptiveInputs == nil
    self.vocabularySize = vocabularySize
    self.stack = stack
    self.isTied = isTied
  }

  /// A model of plain recurrent layers.
  package init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int = 1,
    cell: any Cell = .lstm, isTied: Bool = false, output: OutputForm = .full,
    adaptiveInputs: VocabularyClusters? = nil, ngrams: NGramForm? = nil, dropout: Double = 0,
    initialization: InitializationScheme = .pytorch, forgetBias: Double = 0,
    multipliesEmbedding: Bool? = nil
  ) {
    self.init(
      vocabularySize: vocabularySize,
      stack: StackConfiguration(
        cell: cell, inputSize: embeddingSize, hiddenSize: hiddenSize, layerCount: layerCount,
        dropout: dropout, initialization: initialization, forgetBias: forgetBias),
      isTied: isTied, output: output, adaptiveInputs: adaptiveInputs, ngrams: ngrams,
      multipliesEmbedding: multipliesEmbedding)
  }

  /// Whether the first layer reads a `MultipliedTable`.
  var readsMultipliedTable: Bool {
    multipliesEmbedding && regularization.embeddingDropout == 0 && regularization.inputDropout == 0
      && !(stack.isResidual && stack.outputSize == embeddingSize)
  }

  package var embeddingSize: Int { stack.inputSize }
  package var hiddenSize: Int { stack.hiddenSize }
  package var layerCount: Int { stack.layerCount }
  package var cell: any Cell { stack.cell }
}

/// Predicts the next token: embedding → recurrent layers → softmax.
///
/// Parameter names are those of a PyTorch module with members `embedding`, `rnn` and `output` (and
/// `projection`, a linear layer down to the embedding size, where a tied model needs one). An embedding in
/// clusters has those of `AdaptiveEmbedding`.
package final class LanguageModel<S: MatrixElement>: Parameterized {
  package let configuration: LanguageModelConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  private let inputs: Inputs
  package let stack: RecurrentStack<S>
  let projection: LinearLayer<S>?
  let output: OutputLayer<S>

  /// What ids become before the first layer reads them.
  private enum Inputs: Sendable {
    case table(LookUpTable<S>)
    case multiplied(MultipliedTable<S>, TokenIndex)
    case adaptive(AdaptiveEmbedding<S>)
  }

  /// Declares the parameters.
  package init(
    _ configuration: LanguageModelConfiguration, precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    precondition(
      !configuration.stack.isBidirectional, "a language model must not see what it predicts")
    let scheme = configuration.stack.initialization
    let vocabulary = configuration.vocabularySize
    let (embedding, features) = (configuration.embeddingSize, configuration.stack.outputSize)
    let isTied = configuration.isTied
    let lookUp =
      configuration.adaptiveInputs == nil
      ? LookUpTable<S>(
        "embedding", count: vocabulary, size: embedding, isTied: isTied,
        isSteppedByRows: configuration.output.steppedByRows,
        isSmall: configuration.readsMultipliedTable ? true : nil, scheme: scheme, in: store) : nil
    let clustered = configuration.adaptiveInputs.flatMap { clusters in
      isTied
        ? nil
        : AdaptiveEmbedding(
          "embedding", clusters, size: embedding, scheme: scheme, precision: precision, in: store)
    }
    stack = RecurrentStack(
      configuration.stack, readsMultipliedTable: configuration.readsMultipliedTable,
      precision: precision, in: store)
    let multipliedTable =
      if let lookUp, configuration.readsMultipliedTable {
        MultipliedTable(lookUp.table, stack.layers[0][0], precision: precision, in: store)
      } else {
        nil as MultipliedTable<S>?
      }
    projection =
      isTied && embedding != features
      ? LinearLayer(
        "projection", inputSize: features, outputSize: embedding, scheme: scheme,
        precision: precision, in: store)
      : nil
    output = OutputLayer(
      "output", configuration.output, inputSize: isTied ? embedding : features,
      classes: vocabulary, tiedTo: isTied ? lookUp?.table : nil, ngrams: configuration.ngrams,
      scheme: scheme, precision: precision, in: store)
    inputs =
      switch (lookUp, multipliedTable, clustered, output) {
      case (_, let multiplied?, _, _): .multiplied(multiplied, TokenIndex(idCount: vocabulary))
      case (let lookUp?, _, _, _): .table(lookUp)
      case (_, _, let clustered?, _): .adaptive(clustered)
      case (_, _, _, .adaptive(let softmax)):
        .adaptive(
          AdaptiveEmbedding(
            "embedding", tiedTo: softmax, scheme: scheme, precision: precision, in: store))
      default: preconditionFailure("clusters are tied to no other output")
      }
  }

  /// Records one minibatch.
  ///
  /// - Parameters:
  ///   - inputs, targets: one id a token, in token order; they must stay until the region has run.
  ///   - states: where the sequences start, a state a layer and one of the tokens before where n-grams need it
  ///     (`CarriedStates`); nil for zeros.
  ///   - smoothing: share of a token's probability that all tokens get alike, of a full output.
  ///   - scale: weight of a token in the loss; nil for `1 / tokens`, the mean.
  /// - Returns: the loss, whose terms are nats a token, and the states after the last step.
  @discardableResult
  package func record(
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>, plan: RowPlan,
    states: [RecurrentState<S>?]? = nil, smoothing: Double = 0, scale: Double? = nil,
    on tape: Tape<S>
  ) -> (loss: TokenLoss<S>, states: [RecurrentState<S>]) {
    let (loss, states, _) = recordHidden(
      inputs: inputs, targets: targets, plan: plan, states: states, smoothing: smoothing,
      scale: scale, on: tape)
    return (loss, states)
  }

  /// Likewise, with the top layer's output for each token.
  package func recordHidden(
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>, plan: RowPlan,
    states: [RecurrentState<S>?]? = nil, smoothing: Double = 0, scale: Double? = nil,
    on tape: Tape<S>
  ) -> (loss: TokenLoss<S>, states: [RecurrentState<S>], hidden: Variable<S>) {
    let (features, stack, final) = record(
      inputs: inputs, plan: plan, states: states, scale: scale, on: tape)
    let loss = tape.tokenLoss(
      features, targets: targets, output, smoothing: smoothing,
      scale: scale ?? 1 / Double(tape.total(of: plan.layout.tokenCount)))
    return (loss, final, stack.output)
  }

  /// Records one minibatch as `record` does, from states of zeros, to look inside.
  ///
  /// - Returns: h of every layer, with all of its gradient after the backward pass.
  package func recordLayers(
    inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>, plan: RowPlan,
    scale: Double, on tape: Tape<S>
  ) -> [Variable<S>] {
    let (features, stack, _) = record(
      inputs: inputs, plan: plan, states: nil, scale: scale, on: tape)
    _ = tape.tokenLoss(features, targets: targets, output, scale: scale)
    return stack.hidden
  }

  /// Records one minibatch up to the logits `[tokens, vocabulary]`, for sampling.
  package func recordLogits(
    inputs: UnsafeBufferPointer<Int32>, plan: RowPlan, states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> (logits: Variable<S>, states: [RecurrentState<S>]) {
    let (features, _, final) = record(inputs: inputs, plan: plan, states: states, on: tape)
    return (tape.logits(features, output), final)
  }

  private func record(
    inputs: UnsafeBufferPointer<Int32>, plan: RowPlan, states: [RecurrentState<S>?]?,
    scale: Double? = nil, on tape: Tape<S>
  ) -> (features: Variable<S>, stack: StackOutput<S>, final: [RecurrentState<S>]) {
    let noise = configuration.regularization
    let isLocked = configuration.stack.isDropoutLocked
    let history = recordHistory(inputs, plan, states, on: tape)
    let states = states?.prefix(configuration.layerCount).map { [$0] }
    let result: StackOutput<S>
    func read(_ embedded: Variable<S>) -> StackOutput<S> {
      stack.record(
        tape.dropout(embedded, probability: noise.inputDropout, layer: 0, isLocked: isLocked),
        states: states, on: tape)
    }
    switch self.inputs {
    case .multiplied(let table, let index):
      result = stack.record(states: states, on: tape) { initial in
        let (output, final) = tape.recurrence(
          inputs, through: table, index: index, plan: plan, initial: initial[0])
        return (output, [final])
      }
    case .table(let table):
      result = read(table.record(inputs, plan: plan, dropout: noise.embeddingDropout, on: tape))
    case .adaptive(let embedding):
      result = read(
        embedding.record(inputs, plan: plan, dropout: noise.embeddingDropout, on: tape))
    }
    var features = tape.dropout(
      result.output, probability: noise.outputDropout ?? configuration.stack.dropout,
      layer: configuration.layerCount, isLocked: isLocked)
    // Penalties keep their weight beside the loss, however that is scaled.
    let weight = scale.map { $0 * Double(tape.total(of: plan.layout.tokenCount)) } ?? 1
    tape.temporalPenalty(result.output, strength: weight * noise.temporalPenalty)
    tape.activationPenalty(features, strength: weight * noise.activationPenalty)
    if let projection { features = tape.linear(features, projection) }
    return (features, result, result.final.map { $0[0] } + history)
  }

  /// Has n-grams read a minibatch.
  ///
  /// - Returns: the last tokens of its rows, as a state, where they are part of the next one's n-grams.
  private func recordHistory(
    _ inputs: UnsafeBufferPointer<Int32>, _ plan: RowPlan, _ states: [RecurrentState<S>?]?,
    on tape: Tape<S>
  ) -> [RecurrentState<S>] {
    guard let ngrams = output.ngrams else { return [] }
    let end =
      ngrams.form.historyLength > 0
      ? tape.variable(
        columns: ngrams.form.historyLength, plan: plan, extent: .sequences, needsGradient: false)
      : nil
    ngrams.read(
      inputs, plan.layout, history: states?.dropFirst(configuration.layerCount).first??.h.value,
      end: end?.value)
    return end.map { [RecurrentState(h: $0)] } ?? []
  }

  /// Whether outputs are read as logarithms of probabilities as they are, in measuring: see
  /// `SampledOutput`.
  package var isSelfNormalised: Bool {
    get { if case .sampled(let layer) = output { layer.isSelfNormalised } else { false } }
    set { if case .sampled(let layer) = output { layer.isSelfNormalised = newValue } }
  }

  /// Elements of all matrices a token meets by the definition of the model; the embedding is looked
  /// up and not counted, a multiplied table's saving neither, nor
  /// the clusters of an adaptive output. A forward pass costs 2, a training step 6 times as many operations.
  package var matrixElementsPerToken: Int {
    var inputElements = 0
    if case .adaptive(let embedding) = inputs { inputElements = embedding.matrixElements }
    return inputElements + stack.matrixElements + (projection?.weight.parameter.count ?? 0)
      + output.matrixElements
  }
}
