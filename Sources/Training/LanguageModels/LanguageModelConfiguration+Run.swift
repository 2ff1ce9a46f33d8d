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

extension OptimizerConfiguration {
  /// Reads the `optimizer` table.
  public init(_ configuration: ResolvedConfiguration) throws {
    let (name, mode) = (
      configuration.string("optimizer.name"), configuration.string("optimizer.decay_mode")
    )
    guard let kind = Kind(rawValue: name), let decay = WeightDecay(rawValue: mode) else {
      throw UserError.usage("there is no optimizer '\(name)' with weight decay '\(mode)'")
    }
    self.init(
      kind, momentum: configuration.number("optimizer.momentum"),
      beta1: configuration.number("optimizer.beta1"),
      beta2: configuration.number("optimizer.beta2"),
      rho: configuration.number("optimizer.rho"),
      epsilon: configuration.number("optimizer.epsilon"),
      weightDecay: configuration.number("optimizer.weight_decay"), weightDecayMode: decay)
  }
}

extension CellKind {
  /// All names, for messages.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
