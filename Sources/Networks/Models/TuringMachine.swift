import Autodiff
import Compute
import Parallel

/// Shape of a neural Turing machine.
package struct TuringMachineConfiguration: Sendable, Equatable {
  /// The network that reads the input and steers the heads.
  package enum Controller: Sendable, Equatable {
    /// With a state of its own; `inputSize` is not looked at.
    case recurrent(StackConfiguration)
    /// One layer of tanh units: all memory is the external one.
    case feedforward(hiddenSize: Int)
  }

  /// Columns of a step's input.
  package var inputSize: Int
  package var controller: Controller
  package var memory: MemoryShape
  /// Of a feed-forward controller and of what steers the heads.
  package var initialization: InitializationScheme

  package init(
    inputSize: Int, controller: Controller, memory: MemoryShape,
    initialization: InitializationScheme = .pytorch
  ) {
    self.inputSize = inputSize
    self.controller = controller
    self.memory = memory
    self.initialization = initialization
  }

  /// Columns of what the controller gives.
  package var controllerSize: Int {
    switch controller {
    case .recurrent(let stack): stack.outputSize
    case .feedforward(let hiddenSize): hiddenSize
    }
  }

  /// Columns of what an output layer reads: the controller's units, then the reads.
  package var featureSize: Int { controllerSize + memory.readColumns }
}

/// A controller with an external memory:
///
///     h(t) = controller(x(t), r(t-1))
///     r(t) = what the heads, steered by a linear map of h(t), read; then they write
///
/// Parameter names are those of a PyTorch module with members `controller` (a recurrent module or a
/// linear layer), `heads` (linear), `initial_weights` and `initial_reads`.
///
/// Source: Graves, Wayne & Danihelka, "Neural Turing Machines" (2014).
package final class TuringMachine<S: MatrixElement>: Sendable {
  package let configuration: TuringMachineConfiguration
  private let controller: Controller
  private let heads: LinearLayer<S>
  /// `[heads · N]`, logits.
  private let initialWeights: Parameter<S>
  /// `[read heads · M]`.
  private let initialReads: Parameter<S>

  private enum Controller: Sendable {
    case recurrent(RecurrentStack<S>)
    case feedforward(LinearLayer<S>)
  }

  package init(
    _ configuration: TuringMachineConfiguration, precision: Precision, in store: ParameterStore<S>
  ) {
    self.configuration = configuration
    let (shape, scheme) = (configuration.memory, configuration.initialization)
    let inputSize = configuration.inputSize + shape.readColumns
    switch configuration.controller {
    case .recurrent(var stack):
      precondition(!stack.isBidirectional, "what is read depends on the steps before")
      stack.inputSize = inputSize
      controller = .recurrent(
        RecurrentStack(stack, prefix: "controller.", precision: precision, in: store))
    case .feedforward(let hiddenSize):
      controller = .feedforward(
        LinearLayer(
          "controller", inputSize: inputSize, outputSize: hiddenSize, scheme: scheme,
          precision: precision, in: store))
    }
    heads = LinearLayer(
      "heads", inputSize: configuration.controllerSize, outputSize: shape.parameterColumns,
      scheme: scheme, precision: precision, in: store)
    // Wide logits: every head begins at about one slot, each at its own. Spread evenly over slots
    // that are all alike, heads would stay so for ever; spread a little, they take thousands of
    // sequences to find a place; all at slot 0, they learn a little worse.
    initialWeights = store.add(
      "initial_weights", shape: [shape.headCount * shape.slotCount], role: .bias,
      initializer: .normal(10))
    initialReads = store.add(
      "initial_reads", shape: [shape.readColumns], role: .bias, initializer: .zeros)
  }

  /// Records all steps; every row begins with the same memory.
  ///
  /// - Parameter x: `[tokens, inputSize]`.
  /// - Returns: the controller's units and the reads side by side, `[tokens, featureSize]`, and the
  ///   memory through time, to be looked at after the region.
  package func record(
    _ x: Variable<S>, on tape: Tape<S>
  ) -> (features: Variable<S>, memory: ExternalMemory<S>) {
    precondition(
      x.columns == configuration.inputSize,
      "\(x.columns) inputs, the machine takes \(configuration.inputSize)")
    var (memory, reads) = tape.memory(
      configuration.memory, plan: x.plan, initialWeights: initialWeights,
      initialReads: initialReads)
    var states: [[RecurrentState<S>]]?
    var (allUnits, allReads): ([Variable<S>], [Variable<S>]) = ([], [])
    for (step, input) in tape.steps(of: x).enumerated() {
      reads = tape.narrowed(reads, to: input.plan)
      let units = recordController(
        tape.concatenated([input, reads]), states: &states, on: tape)
      reads = tape.memoryStep(tape.linear(units, heads), on: memory, step: step)
      allUnits.append(units)
      allReads.append(reads)
    }
    let features = tape.concatenated([
      tape.joined(allUnits, plan: x.plan), tape.joined(allReads, plan: x.plan),
    ])
    return (features, memory)
  }

  /// One step of the controller, from `states` to new ones; nil is a state of zeros.
  private func recordController(
    _ x: Variable<S>, states: inout [[RecurrentState<S>]]?, on tape: Tape<S>
  ) -> Variable<S> {
    switch controller {
    case .feedforward(let layer): return tape.tanh(tape.linear(x, layer))
    case .recurrent(let stack):
      let initial = states?.map { layer in
        layer.map { state in
          RecurrentState(
            h: tape.narrowed(state.h, to: x.plan),
            c: state.c.map { tape.narrowed($0, to: x.plan) })
        }
      }
      let result = stack.record(x, states: initial, on: tape)
      states = result.final
      return result.output
    }
  }
}
