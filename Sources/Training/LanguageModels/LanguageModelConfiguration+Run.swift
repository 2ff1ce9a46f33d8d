import Compute
import Networks

/// What the options of a run mean for the parts of a training.
extension LanguageModelConfiguration {
  /// Reads the `model` table.
  public init(_ configuration: ResolvedConfiguration, vocabularySize: Int) throws {
    self.init(
      vocabularySize: vocabularySize,
      stack: try StackConfiguration(
        configuration, inputSize: configuration.integer("model.embedding")),
      isTied: configuration.boolean("model.tie"))
  }
}

extension CellKind {
  /// All names, for messages.
  public static var names: String { allCases.names }
}

extension [CellKind] {
  var names: String { map(\.rawValue).joined(separator: ", ") }
}
