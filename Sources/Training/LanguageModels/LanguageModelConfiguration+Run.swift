import Compute
import Networks

/// What the options of a run mean for the parts of a training.
extension LanguageModelConfiguration {
  /// Reads the `model` table.
  package init(_ configuration: ResolvedConfiguration, vocabularySize: Int) throws {
    let outputDropout = configuration.number("model.output_dropout")
    self.init(
      vocabularySize: vocabularySize,
      stack: try StackConfiguration(
        configuration, inputSize: configuration.integer("model.embedding")),
      isTied: configuration.boolean("model.tie"),
      regularization: LanguageModelRegularization(
        embeddingDropout: configuration.number("model.embedding_dropout"),
        inputDropout: configuration.number("model.input_dropout"),
        outputDropout: outputDropout < 0 ? nil : outputDropout,
        activationPenalty: configuration.number("model.activation_penalty"),
        temporalPenalty: configuration.number("model.temporal_penalty")))
  }
}

extension [any Cell] {
  /// All names, for messages.
  var names: String { map(\.name).joined(separator: ", ") }
}
