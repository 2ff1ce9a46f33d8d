/// What a training takes over from another one, and what it is measured on at its end; a part of the
/// table `train`.
public struct ReuseSettings: SettingsGroup {
  @Setting(path: true, "Run whose best weights this one begins with, as far as they fit")
  public var from = ""
  @Setting("Parameters that keep their weights, by name: rnn.*, embedding.weight")
  public var freeze: [String] = []
  @Setting(path: true, mayChange: true, "Data to measure the best weights on at the end")
  public var test: [String] = []

  public init() {}
}
