import ArgumentParser
import Unroll

/// Options of the recurrent layers, the same in all jobs.
struct StackOptions: ParsableArguments, SettingsGroup {
  @Option(parsing: .unconditional, help: help("model.cell")) var cell: String?
  @Option(parsing: .unconditional, help: help("model.layers")) var layers: String?
  @Option(parsing: .unconditional, help: help("model.hidden")) var hidden: String?
  @Flag(inversion: .prefixedNo, help: help("model.bidirectional")) var bidirectional: Bool?
  @Option(parsing: .unconditional, help: help("model.projection")) var projection: String?
  @Flag(inversion: .prefixedNo, help: help("model.layer_norm")) var layerNorm: Bool?
  @Flag(inversion: .prefixedNo, help: help("model.residual")) var residual: Bool?
  @Option(parsing: .unconditional, help: help("model.dropout")) var dropout: String?
  @Flag(inversion: .prefixedNo, help: help("model.locked_dropout")) var lockedDropout: Bool?
  @Option(parsing: .unconditional, help: help("model.recurrent_dropout"))
  var recurrentDropout: String?
  @Option(parsing: .unconditional, help: help("model.weight_drop")) var weightDrop: String?
  @Option(parsing: .unconditional, help: help("model.zoneout")) var zoneout: String?
  @Option(name: .customLong("init"), parsing: .unconditional, help: help("model.init"))
  var initialization: String?
  @Option(parsing: .unconditional, help: help("model.forget_bias")) var forgetBias: String?

  func settings() throws -> Settings {
    var settings = Settings([
      ("model.cell", cell), ("model.layers", layers), ("model.hidden", hidden),
      ("model.projection", projection), ("model.dropout", dropout),
      ("model.recurrent_dropout", recurrentDropout), ("model.weight_drop", weightDrop),
      ("model.zoneout", zoneout),
      ("model.init", initialization),
      ("model.forget_bias", forgetBias),
    ])
    settings.add("model.bidirectional", bidirectional)
    settings.add("model.layer_norm", layerNorm)
    settings.add("model.residual", residual)
    settings.add("model.locked_dropout", lockedDropout)
    return settings
  }

  private static let schema = ConfigurationSchema([
    .init("model", "The network", StackSchema.options(hidden: 1))
  ])

  private static func help(_ key: String) -> ArgumentHelp { .setting(key, in: schema) }
}
