import Runs
import Testing

/// A group inside a group, an enum's choices, names of one's own, a setting that a task lacks.
private struct Layers: SettingsGroup {
  @Setting(in: 1...9, "Layers") var layers = 1
  @Setting(key: "init", "How weights begin") var initialization = "default"
  @Setting("Both ways") var bothWays = false

  init(layers: Int, readsBothWays: Bool = true) {
    $layers.default = layers
    $bothWays.declaration.isOffered = readsBothWays
  }
}

private struct Network: SettingsGroup {
  enum Pooling: String, CaseIterable, SettingValue { case last, max }

  static let about = "The network"
  var stack = Layers(layers: 3, readsBothWays: false)
  @Setting("Pooling") var pooling = Pooling.last
  @Setting(option: "vectors", path: true, "Vectors") var wordVectors = ""
  @Setting(path: true, mayChange: true, "Texts") var texts: [String] = []
}

private struct More: SettingsGroup {
  static var table: String? { "model" }
  @Setting(of: Registry.names, "Loss") var loss = "mean"
}

private enum Registry {
  nonisolated(unsafe) static var names = ["mean"]
}

private struct Settings: Sendable {
  var model = Network()
  var rest = More()
}

@Suite(.serialized) struct SettingTests {
  let schema = SettingsSchema(task: "example", reflecting: Settings())

  @Test func tablesAreFoundInOrder() throws {
    #expect(
      try schema.resolve().toml == """
        [run]
        task = "example"
        format = 2

        [model]
        layers = 3
        init = "default"
        pooling = "last"
        word_vectors = ""
        texts = []
        loss = "mean"

        """)
    #expect(schema.tables.map(\.about) == ["What the run does", "The network"])
    #expect(schema.option("model.word_vectors")?.spelling == "vectors")
    #expect(schema.option("model.layers")?.environmentName == "UNROLL_MODEL_LAYERS")
    #expect(schema.option("model.pooling")?.kind == .choice(["last", "max"]))
    #expect(schema.option("model.both_ways") == nil)
    #expect(schema.changeableKeys == ["model.texts"])
  }

  @Test func settingsAreValues() throws {
    let first = Settings()
    var second = first
    second.model.stack.layers = 5
    second.model.pooling = .max
    #expect(first.model.stack.layers == 3 && first.model.pooling == .last)
    #expect(second.model.stack.layers == 5 && second.model.pooling == .max)
    // Nor do settings that were resolved share anything.
    let resolved = try schema.resolve(overrides: [.init("model.layers", .integer(7))])
    let (filled, other) = (resolved.fill(Settings()), resolved.fill(Settings()))
    var third = filled
    third.model.stack.layers = 9
    #expect([filled, other, third].map(\.model.stack.layers) == [7, 7, 9])
    #expect(Settings().model.stack.layers == 3)
  }

  @Test func pathsBecomeAbsolute() throws {
    let resolved = try schema.resolve(overrides: [
      .init("model.texts", .strings(["a.txt", "/b.txt", ""]))
    ]).withAbsolutePaths
    let model = resolved.fill(Settings()).model
    #expect(model.texts[0].hasPrefix("/") && model.texts[0].hasSuffix("/a.txt"))
    #expect(model.texts[1...] == ["/b.txt", ""])
    #expect(model.wordVectors == "" && model.$texts.isGiven && !model.$wordVectors.isGiven)
  }

  @Test func aRegistryMayGrow() throws {
    Registry.names.append("median")
    defer { Registry.names.removeLast() }
    let override = SettingsOverride("model.loss", text: "median")
    let grown = SettingsSchema(task: nil, reflecting: Settings())
    #expect(try grown.resolve(overrides: [override]).fill(Settings()).rest.loss == "median")
    #expect(throws: (any Error).self) { try schema.resolve(overrides: [override]) }
  }

  @Test(arguments: [
    ("validFraction", "valid_fraction"), ("nBest", "n_best"), ("lr", "lr"), ("beta1", "beta1"),
  ])
  func keysAreInSnakeCase(property: String, key: String) {
    #expect(SettingsReflection.snakeCase(property) == key)
  }
}
