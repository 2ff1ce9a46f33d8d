import Autodiff

/// First values of recurrent weights.
package struct RecurrentInitialization: Sendable, Equatable {
  /// Nil: PyTorch's default, uniform in ±1/√hidden, biases included.
  package var input: Initializer?
  package var recurrent: Initializer?
  /// Of peepholes too. Nil: as the weights where those are nil too, otherwise zero.
  package var bias: Initializer?
  /// Where not 0: what the forget gate's `bias_ih` starts at, with `bias_hh` 0. Jozefowicz et al.
  /// (2015) recommend 1.
  package var forgetBias: Double

  package init(
    input: Initializer? = nil, recurrent: Initializer? = nil, bias: Initializer? = nil,
    forgetBias: Double = 0
  ) {
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
    self.forgetBias = forgetBias
  }

  func initializers(for cell: any Cell, hiddenSize: Int) -> (
    input: Initializer, recurrent: Initializer, biasIH: Initializer, biasHH: Initializer,
    peephole: Initializer
  ) {
    let standard = Initializer.uniform(1 / Double(hiddenSize).squareRoot())
    // Biases start at zero wherever weights have a scheme of their own, as the papers have it.
    let bias = bias ?? (input == nil && recurrent == nil ? standard : .zeros)
    var (biasIH, biasHH) = (bias, bias)
    if let gate = cell.forgetGate, forgetBias != 0 {
      func list(_ value: Double, gates: Int) -> Initializer {
        .blocks((0..<gates).map { $0 == gate ? .constant(value) : bias })
      }
      biasIH = list(forgetBias, gates: cell.inputGateCount)
      biasHH = list(0, gates: cell.recurrentGateCount)
    }
    return (input ?? standard, recurrent ?? standard, biasIH, biasHH, peephole: bias)
  }
}
