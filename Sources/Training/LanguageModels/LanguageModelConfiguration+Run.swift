import Compute
import Networks

/// What the options of a run mean for the parts of a training.
extension LanguageModelConfiguration {
  /// Reads the `model` table.
  public init(_ configuration: ResolvedConfiguration, vocabularySize: Int) throws {
    let name = configuration.string("model.cell")
    guard let cell = CellKind(rawValue: name) else {
      throw UserError.usage("model.cell is '\(name)', expected one of \(CellKind.names)")
    }
    self.init(
      vocabularySize: vocabularySize,
      embeddingSize: configuration.integer("model.embedding"),
      hiddenSize: configuration.integer("model.hidden"),
      layerCount: configuration.integer("model.layers"), cell: cell,
      isTied: configuration.boolean("model.tie"),
      dropout: configuration.number("model.dropout"),
      initialization: try InitializationScheme(parsing: configuration.string("model.init")),
      forgetBias: configuration.number("model.forget_bias"))
  }
}

extension CellKind {
  /// All names, for messages.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
