import ArgumentParser
import Unroll

/// Options of the recurrent layers, the same in all jobs.
struct StackOptions: ParsableArguments, SettingsGroup {
  @Option(parsing: .unconditional, help: help("model.cell")) var cell: String?
  @Option(parsing: .unconditional, help: help("model.layers")) var layers: String?
  @Option(parsing: .unconditional, help: help("model.hidden")) var hidden: String?
  @Option(parsing: .unconditional, help: help("model.dropout")) var dropout: String?
  @Option(name: .customLong("init"), parsing: .unconditional, help: help("model.init"))
  var initialization: String?
  @Option(parsing: .unconditional, help: help("model.forget_bias")) var forgetBias: String?

  func settings() throws -> Settings {
    Settings([
      ("model.cell", cell), ("model.layers", layers), ("model.hidden", hidden),
      ("model.dropout", dropout), ("model.init", initialization),
      ("model.forget_bias", forgetBias),
    ])
  }

  private static func help(_ key: String) -> ArgumentHelp {
    .setting(key, in: LanguageModelSchema.standard)
  }
}
