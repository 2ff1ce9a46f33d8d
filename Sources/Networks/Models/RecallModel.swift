import Autodiff
import Compute
import Parallel

/// Shape of a network that answers from memory.
package struct RecallConfiguration: Sendable, Equatable {
  package enum Body: Sendable, Equatable {
    case machine(TuringMachineConfiguration)
    /// Recurrent layers alone: what a memory is compared with.
    case stack(StackConfiguration)
  }

  package var body: Body
  /// Bits of an answer step.
  package var outputSize: Int

  package init(_ body: Body, outputSize: Int) {
    self.body = body
    self.outputSize = outputSize
  }

  var featureSize: Int {
    switch body {
    case .machine(let machine): machine.featureSize
    case .stack(let stack): stack.outputSize
    }
  }

  var initialization: InitializationScheme {
    switch body {
    case .machine(let machine): machine.initialization
    case .stack(let stack): stack.initialization
    }
  }
}

/// Reads vectors, and at the steps of the answer says each bit with a probability: a neural Turing
/// machine, or recurrent layers without a memory, and an output layer.
///
/// Parameter names are the machine's, or `rnn`, with `output`.
package final class RecallModel<S: MatrixElement>: Parameterized {
  package let configuration: RecallConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  private let body: Body
  private let output: LinearLayer<S>

  private enum Body: Sendable {
    case machine(TuringMachine<S>)
    case stack(RecurrentStack<S>)
  }

  /// Declares the parameters.
  package init(_ configuration: RecallConfiguration, precision: Precision = .f32) {
    self.configuration = configuration
    self.precision = precision
    parameters = ParameterStore<S>()
    switch configuration.body {
    case .machine(let machine):
      body = .machine(TuringMachine(machine, precision: precision, in: parameters))
    case .stack(let stack):
      body = .stack(RecurrentStack(stack, precision: precision, in: parameters))
    }
    output = LinearLayer(
      "output", inputSize: configuration.featureSize, outputSize: configuration.outputSize,
      scheme: configuration.initialization, precision: precision, in: parameters)
  }

  /// Records a minibatch and its loss.
  ///
  /// - Parameters:
  ///   - inputs: `[tokens, inputs]`.
  ///   - targets: `[tokens, bits]`, 0 or 1.
  ///   - answerWeights: 1 for tokens of an answer, 0 for the others. Must stay until the region has
  ///     run, as inputs and targets.
  ///   - scale: weight of a token's sum over bits.
  /// - Returns: the loss, whose terms are nats a token and whose outputs, outside training, are
  ///   logits; and the memory through time, where there is one.
  package func record(
    inputs: Matrix<S>, targets: Matrix<S>, answerWeights: UnsafeBufferPointer<S>, plan: RowPlan,
    scale: Double, on tape: Tape<S>
  ) -> (loss: Loss<S>, memory: ExternalMemory<S>?) {
    let x = tape.variable(value: inputs, plan: plan, needsGradient: false)
    var memory: ExternalMemory<S>?
    let features: Variable<S>
    switch body {
    case .machine(let machine): (features, memory) = machine.record(x, on: tape)
    case .stack(let stack): features = stack.record(x, on: tape).output
    }
    let loss = tape.sigmoidCrossEntropy(
      features, targets: targets, output, rowWeights: answerWeights, scale: scale)
    return (loss, memory)
  }
}
