import Runs
import TestSupport
import Testing

/// How many parts of a minibatch there may be.
@Suite struct LeafSettingsTests {
  private let schema = SettingsSchema(task: "lm", of: ExampleSettings.self)

  private func settings(_ values: [String: String]) throws -> TrainingSettings {
    try schema.resolve(overrides: values.map { SettingsOverride($0, text: $1) })
      .settings(as: ExampleSettings.self).train
  }

  /// Minibatches that are accumulated are subtrees of the leaves, which may be more.
  @Test(arguments: [(1, 1, 1), (8, 1, 8), (1, 4, 4), (8, 2, 8), (2, 16, 16)])
  func thereAreEnoughLeaves(leaves: Int, accumulate: Int, count: Int) throws {
    let train = try settings([
      "train.leaves": "\(leaves)", "train.accumulate": "\(accumulate)", "train.batch": "5",
    ])
    try train.check()
    #expect(train.leafCount == count)
    #expect(train.sequencesPerUpdate == 5 * accumulate)
  }

  @Test func whatMakesNoTreeIsRefused() throws {
    for (values, words) in [
      (["train.leaves": "6"], ["train.leaves is 6", "power of two", "--leaves 4 or --leaves 8"]),
      (["train.accumulate": "3"], ["train.accumulate is 3", "--accumulate 2 or --accumulate 4"]),
      (
        ["train.accumulate": "4096", "train.batch": "257"],
        ["4096 minibatches of 257", "1052672", "1048576", "lower --accumulate"]
      ),
    ] {
      let train = try settings(values)
      for word in words { expectUserError(saying: word) { try train.check() } }
    }
  }
}
