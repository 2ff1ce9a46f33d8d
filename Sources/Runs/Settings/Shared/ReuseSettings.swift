import Compute
import Corpora

/// What a training takes over from another one, and what it is measured on at its end; a part of the
/// table `train`.
public struct ReuseSettings: SettingsGroup {
  @Setting(path: true, "Run whose best weights this one begins with, as far as they fit")
  public var from = ""
  @Setting("Parameters that keep their weights, by name: rnn.*, embedding.weight")
  public var freeze: [String] = []
  @Setting(path: true, mayChange: true, "Data to measure the best weights on at the end")
  public var test: [String] = []
  @Setting("Part of the training data to test on at the end instead: 2/5 is the second of five")
  public var fold = ""

  public init() {}

  public func check() throws {
    guard !fold.isEmpty else { return }
    _ = try Fold(parsing: fold)
    guard test.isEmpty else {
      throw UserError.usage(
        "both --fold and --test say what to test on at the end", hint: "drop one of them")
    }
  }
}
