import Autodiff
import Compute
import Networks

/// `y = x · Wᵀ + b`, with `NAME.weight` `[outputs, inputs]` and `NAME.bias` `[outputs]`, as
/// `torch.nn.Linear`; alone, or with a loss for which its outputs need not be kept.
public struct Linear<S: MatrixElement>: Sendable {
  private let layer: LinearLayer<S>

  public init(
    _ name: String, inputs: Int, outputs: Int, precision: Precision = .f32,
    in store: ParameterStore<S>
  ) {
    layer = LinearLayer(
      name, inputSize: inputs, outputSize: outputs, scheme: .pytorch, precision: precision,
      in: store)
  }

  public var outputs: Int { layer.weight.parameter.rows }

  public func callAsFunction(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    tape.linear(x, layer)
  }

  /// Outputs and `-ln softmax(outputs)[target]`, the mean over the rows that have a target: a class for
  /// each row of `x`, -1 for none.
  @discardableResult
  public func softmaxCrossEntropy(
    _ x: Variable<S>, targets: [Int32], on tape: Tape<S>
  ) -> Loss<S> {
    if let target = targets.first(where: { $0 >= outputs }) {
      preconditionFailure("the target \(target), expected one below \(outputs)")
    }
    let count = targets.count { $0 >= 0 }
    return tape.softmaxCrossEntropy(
      x, targets: tape.keep(targets), layer, scale: 1 / Double(max(1, count)))
  }

  /// Outputs and `(output - target)²`, the mean over all of them; `targets` has `outputs` numbers for each
  /// row of `x`, in its order.
  @discardableResult
  public func squaredError(_ x: Variable<S>, targets: [[S]], on tape: Tape<S>) -> Loss<S> {
    tape.squaredError(
      x, targets: matrix(targets, on: tape), layer,
      scale: 1 / Double(max(1, targets.count * outputs)))
  }

  /// Outputs and the cross-entropy of the sigmoid of each with its target in 0…1, the mean over rows.
  @discardableResult
  public func sigmoidCrossEntropy(_ x: Variable<S>, targets: [[S]], on tape: Tape<S>) -> Loss<S> {
    tape.sigmoidCrossEntropy(
      x, targets: matrix(targets, on: tape), layer, scale: 1 / Double(max(1, targets.count)))
  }

  private func matrix(_ values: [[S]], on tape: Tape<S>) -> Matrix<S> {
    let matrix = tape.matrix(rows: values.count, columns: outputs)
    matrix.fill(0)
    matrix.assign(Array(values.joined()))
    return matrix
  }
}
