import Runs
import Tasks
import Testing

/// What holds a network back that a budget makes narrower, or lets see the examples less often.
@Suite struct BudgetDropoutTests {
  /// In the measure of both; what is given stays, and so does all of it where there is more time.
  @Test(arguments: [
    (0.5, ["model.dropout = 0.2", "model.output_dropout = 0.15"]),
    (0.031, ["model.dropout = 0.01", "model.output_dropout = 0.01"]), (1.0, []), (7.0, []),
  ]) func dropoutGoesWithWidthAndTime(share: Double, expected: [String]) throws {
    let asked = try LanguageModelTask.schema.resolve(
      overrides: [SettingsOverride("model.input_dropout", .number(0.3))])
    let advised = try asked.with([
      SettingsOverride("model.dropout", .number(0.4)),
      SettingsOverride("model.output_dropout", .number(0.3)),
    ])
    let values = TimeBudget<LanguageModelTask>.dropouts(asked, share, like: advised)
    let settings = try advised.with(values)
    #expect(values.map { "\($0.key) = \(settings[$0.key])" } == expected)
  }
}
