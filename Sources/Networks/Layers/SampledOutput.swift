import Autodiff
import Compute
import Parallel

/// How an output layer learns from drawn classes.
package struct SampledForm: Sendable, Equatable {
  package enum Criterion: Sendable {
    /// A softmax over the target and the drawn classes. Bengio & Senécal, "Adaptive importance sampling to
    /// accelerate training of a neural probabilistic language model" (2008); Jean et al. (2015).
    case softmax
    /// Noise-contrastive estimation: the target is told from noise. Gutmann & Hyvärinen (2010); Mnih & Teh
    /// (2012); with noise that all tokens share, Zoph et al. (2016).
    case contrast
  }

  package var criterion: Criterion
  /// Different classes that are drawn for a minibatch; of a smaller vocabulary all.
  package var samples: Int
  package var noise: NoiseDistribution

  package init(_ criterion: Criterion, samples: Int, noise: NoiseDistribution) {
    self.criterion = criterion
    self.samples = min(samples, noise.classes)
    self.noise = noise
  }
}

/// An output layer that is trained on the targets and drawn classes alone, and whose weights are tables: no
/// other row has a gradient, is stepped or packed, so an update costs the same for any vocabulary. What it
/// is measured, scored and sampled with is the exact softmax over all classes.
///
/// Names are those of a linear layer, `NAME.weight` `[classes, in]` and `NAME.bias` `[classes]`.
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
package final class SampledOutput<S: MatrixElement>: @unchecked Sendable {
  let weight: Parameter<S>
  let bias: Parameter<S>
  let criterion: SampledForm.Criterion
  /// Whether outputs are read as logarithms of probabilities as they are, which noise-contrastive
  /// estimation makes them near enough: not a sum over the vocabulary is formed.
  package var isSelfNormalised = false
  private let rows: ListedRows<S>
  private let sampler: NegativeSampler<S>
  private let index: TokenIndex
  /// The targets of the minibatch, then the drawn classes.
  private var ids = GrowingIDs()

  init(
    _ name: String, inputSize: Int, _ form: SampledForm, scheme: InitializationScheme,
    tiedTo table: Parameter<S>? = nil, precision: Precision, in store: ParameterStore<S>
  ) {
    let classes = form.noise.classes
    let initializers = scheme.linear(inputSize: inputSize)
    weight =
      table
      ?? store.add(
        "\(name).weight", shape: [classes, inputSize], role: .table,
        initializer: initializers.weight)
    precondition(weight.role == .table, "\(weight.name) is stepped as a whole")
    // Its sum over all classes is near 1 from the start, and stays there.
    bias = store.add(
      "\(name).bias", shape: [classes], role: .table,
      initializer: form.criterion == .contrast
        ? .constant(-Scalar.log(Double(classes))) : initializers.bias)
    criterion = form.criterion
    rows = ListedRows(
      of: weight, bias: bias, count: form.samples, precision: precision, in: store)
    sampler = NegativeSampler(form.noise, count: form.samples)
    index = TokenIndex(idCount: classes)
  }

  /// Elements of the matrices that every token meets.
  var matrixElements: Int { (rows.count + 1) * weight.columns }

  fileprivate func loss(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, scale: Double, on tape: Tape<S>
  ) -> Loss<S> {
    guard tape.isTraining else {
      return tape.tableSoftmax(
        x, targets: targets, table: weight, bias: bias, isSelfNormalised: isSelfNormalised,
        scale: scale)
    }
    let random = RandomStream(
      seed: tape.seed, purpose: .negatives(parameter: bias.index), update: tape.update)
    let classes = sampler.draw(random, criterion == .softmax ? .partition : .odds)
    ids.removeAll()
    for id in targets { ids.append(id) }
    for id in classes.ids { ids.append(id) }
    switch criterion {
    case .softmax:
      return tape.sampledSoftmax(
        x, targets: targets, classes, rows, ids: ids.elements, index: index, scale: scale)
    case .contrast:
      let corrections = tape.matrix(rows: 1, columns: targets.count).base
      for (token, target) in targets.enumerated() {
        corrections[token] = target < 0 ? 0 : sampler.odds(of: target)
      }
      return tape.noiseContrast(
        x, targets: targets, corrections: corrections, classes, rows, ids: ids.elements,
        index: index, scale: scale)
    }
  }
}

extension Tape {
  /// Records output layer and loss: in training from drawn classes, else exactly.
  func sampledLoss(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ layer: SampledOutput<S>, scale: Double
  ) -> TokenLoss<S> {
    TokenLoss(layer.loss(x, targets: targets, scale: scale, on: self))
  }

  /// Records outputs of all classes; their softmax is the distribution.
  func logits(_ x: Variable<S>, _ layer: SampledOutput<S>) -> Variable<S> {
    tableOutputs(x, table: layer.weight, bias: layer.bias)
  }
}
