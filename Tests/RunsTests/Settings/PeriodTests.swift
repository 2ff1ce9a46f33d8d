import Foundation
import Runs
import TestSupport
import Testing

/// Stretches of a training in updates, epochs and tokens.
@Suite struct PeriodTests {
  private static let schema = SettingsSchema(task: "lm", of: ExampleSettings.self)

  private static func settings(_ text: String) throws -> ResolvedSettings {
    try schema.resolve(overrides: [SettingsOverride("train.eval_every", text: text)])
  }

  @Test(arguments: [
    ("0", Period.updates(0), "0"), ("500", .updates(500), "500"),
    ("0.5e", .epochs(0.5), "\"0.5e\""),
    ("2e", .epochs(2), "\"2e\""), ("10Mt", .tokens(10_000_000), "\"10Mt\""),
    ("1.5kt", .tokens(1_500), "\"1500t\""), ("2Gt", .tokens(2_000_000_000), "\"2Gt\""),
    ("7t", .tokens(7), "\"7t\""), ("0.00005e", .epochs(0.00005), "\"0.00005e\""),
    ("10000000000000000000e", .epochs(1e19), "\"10000000000000000000e\""),
  ])
  func isReadAndWritten(text: String, period: Period, toml: String) throws {
    let resolved = try Self.settings(text)
    #expect(resolved.settings(as: ExampleSettings.self).train.evalEvery == period)
    #expect(resolved["train.eval_every"].description == toml)
    #expect(resolved.toml.contains("eval_every = \(toml)\n"))
    // As a file has it.
    let folder = try TemporaryFolder()
    let file = try folder.write("[train]\neval_every = \(toml)\n", to: "config.toml")
    let read = try Self.schema.resolve(files: [file])
    #expect(read["train.eval_every"] == resolved["train.eval_every"])
  }

  /// Longer than any training, and still a number of updates.
  @Test(arguments: ["9223372036854775807", "999999999999999e", "4000000000Gt"])
  func aPeriodMayBeTooLong(text: String) throws {
    let period = try Self.settings(text).settings(as: ExampleSettings.self).train.evalEvery
    let updates = try period.updates(perEpoch: 1 << 40, tokensPerEpoch: 1, option: "--eval-every")
    #expect(Int(updates.rounded()) == 1 << 62)
  }

  @Test(arguments: [
    .leastNonzeroMagnitude, 1.5e-300, 5e-5, 0.1, 1.0 / 3, 1, 12_345_678.9, 1e15,
    9_007_199_254_740_992, 1.25e17, 1e19, 1.7976931348623157e308,
  ])
  func everyNumberOfEpochsIsReadAsItIsWritten(count: Double) throws {
    let value = Period.epochs(count).optionValue
    #expect(Period(value) == .epochs(count), "\(value)")
    guard case .string(let text) = value else {
      Issue.record("\(value)")
      return
    }
    let read = try Self.settings(text).settings(as: ExampleSettings.self).train.evalEvery
    #expect(read == .epochs(count))
  }

  /// No period, and no trap.
  @Test(arguments: [-1e19, -1, -5e-5, 0, .infinity, .nan])
  func whatIsNoNumberOfEpochsIsNotRead(count: Double) {
    #expect(Period(Period.epochs(count).optionValue) == nil)
  }

  @Test(arguments: [
    "-1", "e", "0e", "-2e", "1x", "10M", "nan", "nane", "1e5", "t", "0.1t", "9e99t",
  ])
  func whatIsNoneIsRefused(text: String) {
    expectUserError(
      saying: "train.eval_every", "updates (500), epochs (0.5e) or tokens (10Mt)", text
    ) {
      _ = try Self.settings(text)
    }
  }
}
