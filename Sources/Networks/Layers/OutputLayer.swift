import Autodiff
import Compute

/// What a model that writes tokens ends with.
package enum OutputForm: Sendable, Equatable {
  /// One softmax over the whole vocabulary.
  case full
  /// See `AdaptiveSoftmax`.
  case adaptive(VocabularyClusters)
  /// See `SampledOutput`.
  case sampled(SampledForm)
  /// See `HierarchicalOutput`.
  case hierarchical(HuffmanTree)
}

extension OutputForm {
  /// Whether all words are rows of one matrix, which may be the embedding.
  var hasOneMatrix: Bool {
    switch self {
    case .full, .sampled: true
    case .adaptive, .hierarchical: false
    }
  }

  /// Whether n-grams of tokens may stand beside the network.
  package var takesNGrams: Bool {
    if case .hierarchical = self { true } else { false }
  }

  /// Whether the loss that it learns from is no likelihood, but an estimate of one.
  package var isEstimated: Bool {
    if case .sampled = self { true } else { false }
  }

  /// Whether only rows of its matrix that took part in an update are stepped.
  var steppedByRows: Bool {
    if case .sampled = self { true } else { false }
  }
}

/// The layer that makes features `[tokens, in]` a distribution over a vocabulary.
package enum OutputLayer<S: MatrixElement>: Sendable {
  case full(LinearLayer<S>)
  case adaptive(AdaptiveSoftmax<S>)
  case sampled(SampledOutput<S>)
  case hierarchical(HierarchicalOutput<S>)

  /// Declares the layer.
  ///
  /// - Parameters:
  ///   - classes: tokens that can come.
  ///   - table: whose rows its weights are, of a form that has one matrix.
  ///   - ngrams: of tokens before, of a form that takes them.
  init(
    _ name: String, _ form: OutputForm, inputSize: Int, classes: Int,
    tiedTo table: Parameter<S>? = nil, ngrams: NGramForm? = nil, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    precondition(ngrams == nil || form.takesNGrams, "this output has no n-grams")
    switch form {
    case .full:
      self = .full(
        LinearLayer(
          name, inputSize: inputSize, outputSize: classes, scheme: scheme, tiedTo: table,
          precision: precision, in: store))
    case .adaptive(let clusters):
      self = .adaptive(
        AdaptiveSoftmax(
          name, inputSize: inputSize, clusters, scheme: scheme, precision: precision, in: store))
    case .sampled(let form):
      self = .sampled(
        SampledOutput(
          name, inputSize: inputSize, form, scheme: scheme, tiedTo: table, precision: precision,
          in: store))
    case .hierarchical(let tree):
      self = .hierarchical(
        HierarchicalOutput(
          name, inputSize: inputSize, tree, ngrams: ngrams, scheme: scheme, in: store))
    }
  }

  /// What is to read the tokens of a minibatch before the layer is recorded.
  var ngrams: NGramFeatures<S>? {
    if case .hierarchical(let layer) = self { layer.ngrams } else { nil }
  }

  /// Elements of the matrices that every token meets.
  var matrixElements: Int {
    switch self {
    case .full(let layer): layer.weight.parameter.count
    case .adaptive(let layer): layer.matrixElements
    case .sampled(let layer): layer.matrixElements
    case .hierarchical(let layer): layer.matrixElements
    }
  }
}

extension Tape {
  /// Records output layer and loss, `-ln p(target)` of each token.
  ///
  /// - Parameters:
  ///   - targets: one id a token, -1 for tokens that do not count; they must stay until the region has
  ///     run.
  ///   - smoothing: share of a token's probability that all tokens get alike, of a full output.
  ///   - scale: weight of the sum in the loss: `1 / tokens` for the mean.
  func tokenLoss(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ output: OutputLayer<S>,
    smoothing: Double = 0, scale: Double
  ) -> TokenLoss<S> {
    switch output {
    case .full(let layer):
      TokenLoss(
        softmaxCrossEntropy(x, targets: targets, layer, smoothing: smoothing, scale: scale))
    case .adaptive(let layer): adaptiveSoftmax(x, targets: targets, layer, scale: scale)
    case .sampled(let layer): sampledLoss(x, targets: targets, layer, scale: scale)
    case .hierarchical(let layer): hierarchicalLoss(x, targets: targets, layer, scale: scale)
    }
  }

  /// Records logits `[tokens, vocabulary]`; their softmax is the distribution.
  func logits(_ x: Variable<S>, _ output: OutputLayer<S>) -> Variable<S> {
    switch output {
    case .full(let layer): linear(x, layer)
    case .adaptive(let layer): logProbabilities(x, layer)
    case .sampled(let layer): logits(x, layer)
    case .hierarchical(let layer): logProbabilities(x, layer)
    }
  }
}

/// The negative log-likelihoods of the tokens of a minibatch, in nats. A token's may have two terms:
/// that of its cluster and that of itself within it.
package struct TokenLoss<S: MatrixElement>: Sendable {
  /// A further term of some tokens.
  struct Part: @unchecked Sendable {
    // Sendable: written before the region, and read after it.
    let loss: Loss<S>
    /// Those that it belongs to.
    let tokens: UnsafeBufferPointer<Int32>
  }

  private let first: Loss<S>
  private let parts: [Part]

  init(_ first: Loss<S>, parts: [Part] = []) {
    self.first = first
    self.parts = parts
  }

  /// All that the tape adds up.
  package var losses: [Loss<S>] { [first] + parts.map(\.loss) }

  /// Of each token, after the region and before the next minibatch is recorded.
  package var terms: [S] {
    var terms = first.terms.values
    for part in parts {
      for (row, token) in part.tokens.enumerated() { terms[Int(token)] += part.loss.terms[row, 0] }
    }
    return terms
  }
}
