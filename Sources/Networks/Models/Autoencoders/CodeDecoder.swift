import Autodiff
import Compute
import Parallel

/// Vector of fixed size → states of recurrent layers for any number of steps.
///
/// The code, through linear maps, is where every layer starts; it may be part of what each step reads.
/// Names: `NAME.rnn.…`, `NAME.initial_h_l0.weight` `[hidden, code]`, `NAME.initial_c_l0.weight`, ….
package final class CodeDecoder<S: MatrixElement>: Sendable {
  package let stack: RecurrentStack<S>
  let codeSize: Int
  private let feedsCode: Bool
  private let firstDropout: Int
  private let initial: [(h: LinearLayer<S>, c: LinearLayer<S>?)]

  /// - Parameters:
  ///   - inputSize: columns a step beside the code; 0 for none.
  init(
    _ name: String, _ configuration: AutoencoderConfiguration, inputSize: Int, codeSize: Int,
    firstDropout: Int = AutoencoderConfiguration.dropoutsOfStack, precision: Precision,
    in store: ParameterStore<S>
  ) {
    let stack = configuration.decoder(inputSize: inputSize, codeSize: codeSize)
    precondition(stack.inputSize > 0, "a decoder that reads nothing")
    self.codeSize = codeSize
    feedsCode = configuration.feedsCode
    self.firstDropout = firstDropout
    self.stack = RecurrentStack(
      stack, prefix: "\(name).rnn.", firstDropout: firstDropout, precision: precision, in: store)
    // The second state of a clockwork network counts steps: it starts at zero.
    let sizes = stack.cell is ClockworkCell ? [stack.stateSize] : stack.stateSizes
    initial = (0..<stack.layerCount).map { layer in
      let maps = zip(["h", "c"], sizes).map { state, size in
        LinearLayer(
          "\(name).initial_\(state)_l\(layer)", inputSize: codeSize, outputSize: size,
          scheme: stack.initialization, precision: precision, in: store)
      }
      return (maps[0], maps.count > 1 ? maps[1] : nil)
    }
  }

  /// Records the layers over whole sequences.
  ///
  /// - Parameters:
  ///   - code: `[sequences, code]`, in the rows of `x`.
  ///   - x: `[tokens, inputSize]`; nil where the decoder reads the code alone.
  ///   - states: where the layers go on from, instead of from the code.
  func record(
    _ code: Variable<S>, _ x: Variable<S>?, states: [RecurrentState<S>?]? = nil, on tape: Tape<S>
  ) -> StackOutput<S> {
    let parts = [x, feedsCode ? tape.broadcast(code) : nil].compactMap(\.self)
    let states =
      states
      ?? initial.map { map in
        RecurrentState(h: tape.linear(code, map.h), c: map.c.map { tape.linear(code, $0) })
      }
    return stack.record(tape.concatenated(parts), states: states.map { [$0] }, on: tape)
  }

  var configuration: StackConfiguration { stack.configuration }

  /// Records the output of the top layer, with dropout.
  func output(_ states: StackOutput<S>, on tape: Tape<S>) -> Variable<S> {
    tape.dropout(
      states.output, probability: configuration.dropout,
      layer: firstDropout + configuration.layerCount, isLocked: configuration.isDropoutLocked)
  }
}
