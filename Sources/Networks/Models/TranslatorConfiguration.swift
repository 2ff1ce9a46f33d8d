/// Shape of an encoder-decoder.
public struct TranslatorConfiguration: Sendable, Equatable {
  /// Which weights are one.
  public enum Tying: String, Sendable, CaseIterable {
    case none
    /// The decoder's embedding is the output layer's weight (Press & Wolf 2017).
    case decoder
    /// The encoder's embedding is too: source and target share one vocabulary.
    case all
  }

  /// Tokens of the source: ids below it.
  package var sourceCount: Int
  /// Tokens of the target, without the symbols for start and stop, which come after them.
  package var targetCount: Int
  /// Reads the embedding of the source.
  package var encoder: StackConfiguration
  /// Reads the embedding of the target: its `inputSize` is the embedding's. As many layers and the
  /// same cell as the encoder; unidirectional.
  package var decoder: StackConfiguration
  /// Nil: the decoder knows the source by the state it starts from only.
  package var attention: AttentionScore?
  /// Of the additive score.
  package var attentionSize: Int
  /// Whether the decoder reads what attention gave it at the step before.
  package var feedsInput: Bool
  package var tying: Tying
  /// Weight of the coverage penalty.
  package var coverage: Double
  /// Over `outputCount` classes.
  package var output: OutputForm

  /// - Parameter attentionSize: nil for the decoder's units.
  package init(
    sourceCount: Int, targetCount: Int, encoder: StackConfiguration, decoder: StackConfiguration,
    attention: AttentionScore? = nil, attentionSize: Int? = nil, feedsInput: Bool = false,
    tying: Tying = .none, coverage: Double = 0, output: OutputForm = .full
  ) {
    self.sourceCount = sourceCount
    self.targetCount = targetCount
    self.encoder = encoder
    self.decoder = decoder
    self.attention = attention
    self.attentionSize = attentionSize ?? decoder.hiddenSize
    self.feedsInput = feedsInput
    self.tying = tying
    self.coverage = coverage
    self.output = output
  }

  /// Ends a target.
  package var stop: Int32 { Int32(targetCount) }
  /// What the decoder reads first.
  package var start: Int32 { Int32(targetCount) + 1 }
  /// Outputs and rows of the decoder's embedding.
  package var outputCount: Int { targetCount + 2 }
  /// Columns of what the output layer reads.
  package var featureSize: Int { tying == .none ? decoder.outputSize : decoder.inputSize }
  /// Whether the decoder's states are not simply those of the encoder.
  package var needsBridge: Bool {
    encoder.isBidirectional || encoder.stateSizes != decoder.stateSizes
  }
  /// Whether the decoder goes through time step by step.
  ///
  /// Its dropout between layers then takes the same units at all steps of a sequence.
  package var isStepwise: Bool { feedsInput }

  func check() {
    precondition(!decoder.isBidirectional, "a decoder must not see what it predicts")
    precondition(
      encoder.layerCount == decoder.layerCount && encoder.cell.name == decoder.cell.name,
      "\(encoder.layerCount) layers of \(encoder.cell.name) start \(decoder.layerCount) of \(decoder.cell.name)"
    )
    precondition(!feedsInput || attention != nil, "without attention nothing is fed")
    precondition(coverage == 0 || attention != nil && !feedsInput, "no attention to cover with")
    precondition(tying == .none || output.hasOneMatrix, "this output has no matrix to share")
    precondition(tying != .all || !output.steppedByRows, "rows are looked up on one side alone")
    precondition(
      tying != .all || sourceCount == targetCount && encoder.inputSize == decoder.inputSize,
      "one table for two vocabularies")
  }
}
