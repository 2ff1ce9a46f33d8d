import Autodiff
import Compute
import Parallel

/// Feature vectors → recurrent layers → one class a step, among them blank (class 0), trained to spell
/// label sequences of which only the order is known (CTC).
///
/// Parameter names are those of a PyTorch module with members `rnn` and `output`.
package final class Transcriber<S: MatrixElement>: Parameterized {
  package let configuration: StackConfiguration
  /// Labels and blank.
  package let classCount: Int
  package let precision: Precision
  package let parameters: ParameterStore<S>
  package let stack: RecurrentStack<S>
  private let output: LinearLayer<S>

  /// Declares the parameters.
  ///
  /// - Parameter configuration: its dropout acts before the output layer too.
  package init(
    _ configuration: StackConfiguration, labelCount: Int, precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    classCount = labelCount + 1
    parameters = ParameterStore<S>()
    stack = RecurrentStack(configuration, precision: precision, in: parameters)
    output = LinearLayer(
      "output", inputSize: stack.outputSize, outputSize: classCount,
      scheme: configuration.initialization, precision: precision, in: parameters)
  }

  /// Records a minibatch and its loss.
  ///
  /// - Parameters:
  ///   - x: `[tokens, inputSize]`.
  ///   - targets: the classes of each row, from 1.
  ///   - scale: weight of a row's `-ln p`.
  /// - Returns: the loss, whose terms are nats a row and whose outputs are the logits
  ///   `[tokens, classes]`, and the rows that are too short for their labels.
  package func record(
    _ x: Variable<S>, targets: CTCTargets, scale: Double, on tape: Tape<S>
  ) -> (loss: Loss<S>, infeasibleRows: [Int]) {
    tape.ctcLoss(features(x, on: tape), targets: targets, output, scale: scale)
  }

  /// Records a minibatch up to the logits `[tokens, classes]`.
  package func recordLogits(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    tape.linear(features(x, on: tape), output)
  }

  private func features(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    tape.dropout(
      stack.record(x, on: tape).output, probability: configuration.dropout,
      layer: configuration.layerCount, isLocked: configuration.isDropoutLocked)
  }
}
