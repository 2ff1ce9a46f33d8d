import Autodiff
import Compute

/// A network that makes sequences codes, and codes sequences again.
package protocol Autoencoder<S>: Parameterized {
  var configuration: AutoencoderConfiguration { get }
  var precision: Precision { get }
}

/// Shape of a network that makes a sequence a vector of fixed size, its code, and of the network that
/// makes it a sequence again.
package struct AutoencoderConfiguration: Sendable, Equatable {
  /// Of both networks' recurrent layers. The encoder alone may read both ways; `inputSize` follows
  /// from what each reads.
  package var stack: StackConfiguration
  /// Columns of a code.
  package var codeSize: Int
  /// Whether the decoder reads the code at every step, beside beginning with it.
  package var feedsCode: Bool
  /// Share of what both networks read that is dropped.
  package var inputDropout: Double
  /// Whether tokens have one table, which encoder and decoder read and the output layer multiplies by:
  /// what comes back is then compared with what was read, also where a token was seen rarely.
  package var isTied: Bool

  /// Places of dropout on what is read; those inside stacks are below, `dropoutsOfStack` each.
  static let encoderDropout = 10_000
  static let decoderDropout = 10_001
  /// More than a stack has layers.
  static let dropoutsOfStack = 1000

  package init(
    stack: StackConfiguration, codeSize: Int, feedsCode: Bool = true, inputDropout: Double = 0,
    isTied: Bool = false
  ) {
    self.stack = stack
    self.codeSize = codeSize
    self.feedsCode = feedsCode
    self.inputDropout = inputDropout
    self.isTied = isTied
  }

  /// An encoder of steps of `inputSize` columns.
  package func encoder(inputSize: Int) -> StackConfiguration {
    var encoder = stack
    encoder.inputSize = inputSize
    return encoder
  }

  /// A decoder from codes of `codeSize` columns that is fed `inputSize` columns a step, 0 for the code
  /// alone.
  package func decoder(inputSize: Int, codeSize: Int) -> StackConfiguration {
    var decoder = stack
    decoder.isBidirectional = false
    decoder.inputSize = inputSize + (feedsCode ? codeSize : 0)
    return decoder
  }
}
