import Autodiff
import Compute
import Parallel

/// Sequence → vector of fixed size: recurrent layers, and a linear map of what they end with.
///
/// The map reads h of every layer and direction after its last step, side by side: a reverse direction
/// ends at the first token. Names: `NAME.rnn.…`, `NAME.code.weight` `[code, states]`, `NAME.code.bias`.
final class SequenceEncoder<S: MatrixElement>: Sendable {
  let stack: RecurrentStack<S>
  private let code: LinearLayer<S>

  init(
    _ name: String, _ configuration: StackConfiguration, codeSize: Int, firstDropout: Int = 0,
    precision: Precision, in store: ParameterStore<S>
  ) {
    stack = RecurrentStack(
      configuration, prefix: "\(name).rnn.", firstDropout: firstDropout, precision: precision,
      in: store)
    code = LinearLayer(
      "\(name).code", inputSize: configuration.layerCount * configuration.outputSize,
      outputSize: codeSize, scheme: configuration.initialization, precision: precision, in: store)
  }

  /// Gives `[sequences, code]` for steps `[tokens, inputSize]`.
  func record(_ x: Variable<S>, on tape: Tape<S>) -> Variable<S> {
    let final = stack.record(x, on: tape).final.joined().map(\.h)
    return tape.linear(tape.concatenated(final), code)
  }
}
