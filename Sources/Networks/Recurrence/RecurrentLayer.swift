import Autodiff
import Compute

/// Weights of one recurrent layer in one direction, with PyTorch's names, shapes and gate order.
///
/// - `weight_ih` `[gates · hidden, input]`, `weight_hh` `[gates · hidden, hidden]`
/// - `bias_ih`, `bias_hh` `[gates · hidden]`
/// - `weight_peephole` `[peepholes · hidden]` for cells that have them, which PyTorch's do not
public final class RecurrentLayer<S: Real>: Sendable {
  public let cell: any Cell
  public let inputSize: Int
  public let hiddenSize: Int
  let weightIH: Parameter<S>
  let weightHH: Parameter<S>
  let biasIH: Parameter<S>
  let biasHH: Parameter<S>
  let weightPeephole: Parameter<S>?
  /// `weightPeephole` in panel order.
  let peepholes: PackedBias<S>?
  let stages: [Stage]

  /// What one stage of the cell multiplies with.
  struct Stage: Sendable {
    let description: CellStage
    let input: PackedParameter<S>
    let recurrent: PackedParameter<S>
    /// Where the sum of a step starts: both biases, or `bias_ih` alone if the stage is separate.
    let bias: PackedBias<S>
    /// `bias_hh` of a separate stage.
    let recurrentBias: PackedBias<S>?

    var layout: PanelLayout { input.forward.layout }
  }

  /// - Parameters:
  ///   - prefix: before the names, such as `rnn.`.
  ///   - suffix: after them, such as `_l0` or `_l1_reverse`.
  ///   - readsProjectedTable: whether the input comes from a `ProjectedTable`; then the gradient of
  ///     `weight_ih` is cheap, which the sharing of work has to know.
  public init(
    _ cell: any Cell, inputSize: Int, hiddenSize: Int, prefix: String, suffix: String,
    readsProjectedTable: Bool = false, initialization: RecurrentInitialization,
    precision: Precision, in store: ParameterStore<S>
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    let gates = cell.gateCount
    func parameter(
      _ name: String, _ columns: Int?, _ role: Parameter<S>.Role, _ initializer: Initializer
    ) -> Parameter<S> {
      store.add(
        prefix + name + suffix, shape: [gates * hiddenSize] + (columns.map { [$0] } ?? []),
        blocks: gates, role: role, initializer: initializer)
    }
    let initializers = initialization.initializers(for: cell, hiddenSize: hiddenSize)
    weightIH = parameter(
      "weight_ih", inputSize, readsProjectedTable ? .projection : .matrix, initializers.input)
    weightHH = parameter("weight_hh", hiddenSize, .matrix, initializers.recurrent)
    biasIH = parameter("bias_ih", nil, .bias, initializers.biasIH)
    biasHH = parameter("bias_hh", nil, .bias, initializers.biasHH)
    weightPeephole =
      cell.peepholeCount == 0
      ? nil
      : store.add(
        prefix + "weight_peephole" + suffix, shape: [cell.peepholeCount * hiddenSize],
        blocks: cell.peepholeCount, role: .bias, initializer: initializers.peephole)
    peepholes = weightPeephole.map { PackedBias([$0], in: store) }
    let (weightIH, weightHH, biasIH, biasHH) = (weightIH, weightHH, biasIH, biasHH)
    stages = cell.stages.map { stage in
      Stage(
        description: stage,
        input: PackedParameter(weightIH, blocks: stage.blocks, precision: precision, in: store),
        recurrent: PackedParameter(
          weightHH, blocks: stage.blocks, precision: precision, in: store),
        bias: PackedBias(
          stage.isSeparate ? [biasIH] : [biasIH, biasHH], blocks: stage.blocks, in: store),
        recurrentBias: stage.isSeparate
          ? PackedBias([biasHH], blocks: stage.blocks, in: store) : nil)
    }
  }
}

/// First values of recurrent weights.
public struct RecurrentInitialization: Sendable, Equatable {
  /// Nil: PyTorch's default, uniform in ±1/√hidden, biases included.
  public var input: Initializer?
  public var recurrent: Initializer?
  /// Of peepholes too. Nil: as the weights where those are nil too, otherwise zero.
  public var bias: Initializer?
  /// Where not 0: what the forget gate's `bias_ih` starts at, with `bias_hh` 0. Jozefowicz et al.
  /// (2015) recommend 1.
  public var forgetBias: Double

  public init(
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
      func list(_ value: Double) -> Initializer {
        .blocks((0..<cell.gateCount).map { $0 == gate ? .constant(value) : bias })
      }
      (biasIH, biasHH) = (list(forgetBias), list(0))
    }
    return (input ?? standard, recurrent ?? standard, biasIH, biasHH, peephole: bias)
  }
}

extension RecurrentLayer {
  /// Elements of both weight matrices.
  public var matrixElements: Int { weightIH.count + weightHH.count }
}
