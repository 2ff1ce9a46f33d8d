import Autodiff
import Compute
import Foundation

/// First values of a whole model, by name: what `--init` takes.
package enum InitializationScheme: Sendable, Equatable, CustomStringConvertible {
  /// As PyTorch's modules start: uniform ±1/√hidden in recurrent layers, ±1/√in in linear ones,
  /// standard normal embeddings.
  case pytorch
  /// All weights uniform in ±bound, biases included (Zaremba et al. 2014). What has a start of its own keeps
  /// it, as with every scheme: gains of norms, transitions of a random field, biases of noise-contrastive
  /// outputs, a Turing machine's first places.
  case uniform(Double)
  case normal(Double)
  case xavier
  case he
  /// Recurrent weights orthogonal, input weights Xavier (Saxe et al. 2014).
  case orthogonal
  /// Recurrent weights the identity, input weights normal with deviation 0.001 (Le et al. 2015).
  case identity

  package static let allowed =
    "default, uniform:BOUND, normal:DEVIATION, xavier, he, orthogonal, identity"

  /// Reads `xavier` or `uniform:0.05`.
  package init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let number = parts.count == 2 ? Double(parts[1]) : nil
    switch (String(parts[0]), number) {
    case ("default", nil) where parts.count == 1: self = .pytorch
    case ("uniform", let bound?) where bound > 0 && bound.isFinite: self = .uniform(bound)
    case ("normal", let deviation?) where deviation > 0 && deviation.isFinite:
      self = .normal(deviation)
    case ("xavier", nil) where parts.count == 1: self = .xavier
    case ("he", nil) where parts.count == 1: self = .he
    case ("orthogonal", nil) where parts.count == 1: self = .orthogonal
    case ("identity", nil) where parts.count == 1: self = .identity
    default:
      throw UserError.usage(
        "--init is '\(text)', expected one of \(Self.allowed)",
        hint: "for example --init uniform:0.05")
    }
  }

  package var description: String {
    switch self {
    case .pytorch: "default"
    case .uniform(let bound): "uniform:\(bound)"
    case .normal(let deviation): "normal:\(deviation)"
    case .xavier: "xavier"
    case .he: "he"
    case .orthogonal: "orthogonal"
    case .identity: "identity"
    }
  }

  func recurrent(forgetBias: Double) -> RecurrentInitialization {
    var result = RecurrentInitialization(forgetBias: forgetBias)
    switch self {
    case .pytorch: break
    case .uniform(let bound):
      (result.input, result.recurrent) = (.uniform(bound), .uniform(bound))
      result.bias = .uniform(bound)
    case .normal(let deviation):
      (result.input, result.recurrent) = (.normal(deviation), .normal(deviation))
    case .xavier: (result.input, result.recurrent) = (.xavier, .xavier)
    case .he: (result.input, result.recurrent) = (.he, .he)
    case .orthogonal: (result.input, result.recurrent) = (.xavier, .orthogonal)
    case .identity: (result.input, result.recurrent) = (.normal(0.001), .identity)
    }
    return result
  }

  /// A linear layer's weight and bias.
  func linear(inputSize: Int) -> (weight: Initializer, bias: Initializer) {
    switch self {
    case .pytorch:
      let standard = Initializer.uniform(1 / Double(inputSize).squareRoot())
      return (standard, standard)
    case .uniform(let bound): return (.uniform(bound), .uniform(bound))
    case .normal(let deviation): return (.normal(deviation), .zeros)
    case .he: return (.he, .zeros)
    case .xavier, .orthogonal, .identity: return (.xavier, .zeros)
    }
  }

  /// A vector that units are weighed with into one score.
  func vector(unitCount: Int) -> Initializer {
    switch self {
    case .uniform(let bound): .uniform(bound)
    case .normal(let deviation): .normal(deviation)
    case .pytorch, .xavier, .he, .orthogonal, .identity:
      .uniform(1 / Double(unitCount).squareRoot())
    }
  }

  /// An embedding table; `isTied` means it is the output layer's weight too.
  func embedding(size: Int, isTied: Bool) -> Initializer {
    switch self {
    case .uniform(let bound): return .uniform(bound)
    case .normal(let deviation): return .normal(deviation)
    case .pytorch, .xavier, .he, .orthogonal, .identity:
      // A standard normal table would start a tied softmax at enormous logits.
      return isTied ? .uniform(1 / Double(size).squareRoot()) : .normal(1)
    }
  }
}
