import Compute
import Foundation
import Runs
import TestSupport
import Testing

import enum Training.ClassificationSchema
import enum Training.LanguageModelSchema

/// Keys, order, defaults, ranges and help are those of version 0.1: a run's config.toml lasts.
@Suite struct SharedSettingsTests {
  let schema = SettingsSchema(task: "lm", of: ExampleSettings.self)

  @Test func everyOptionIsTheOneOfTheFirstVersion() throws {
    let before = LanguageModelSchema.standard
    #expect(schema.keys == before.keys)
    #expect(try schema.resolve().toml == before.resolve().toml)
    for key in schema.keys {
      let (ours, theirs) = (try #require(schema.option(key)), try #require(before.option(key)))
      #expect(ours.help == theirs.help)
      #expect(ours.kind.description == theirs.kind.description)
      #expect(
        "\(ours.default)".replacing("OptionValue", with: "ConfigurationValue")
          == "\(theirs.default)")
    }
  }

  /// Groups with defaults of a task's own.
  private struct OtherTables: Sendable {
    var data = DivisionSettings()
    var model = StackSettings(hidden: 128)
    var train = TrainingSettings(batch: 32)
  }

  @Test func otherTasksShareTheGroupsToo() throws {
    let (ours, theirs) = (
      SettingsSchema(task: nil, reflecting: OtherTables()), ClassificationSchema.standard
    )
    #expect(
      ours.keys.filter { $0.hasPrefix("model.") }
        == Array(theirs.keys.filter { $0.hasPrefix("model.") }.prefix(14)))
    for key in ours.keys {
      let (option, before) = (try #require(ours.option(key)), try #require(theirs.option(key)))
      #expect(option.help == before.help)
      #expect(option.kind.description == before.kind.description)
      #expect(try ours.resolve()[key].description == theirs.resolve()[key].description)
    }
  }

  @Test func everyDefaultSurvivesTheFile() throws {
    let folder = try TemporaryFolder()
    let found = try schema.resolve()
    let again = try schema.resolve(files: [folder.write(found.toml, to: "config.toml")])
    #expect(again.toml == found.toml)
    let typed: ExampleSettings = again.settings()
    try typed.checkAll()
    #expect(typed.optimizer.lr == 2e-3 && typed.model.stack.hidden == 512)
  }

  @Test func decayFollowsTheOptimizer() throws {
    func modeAndEpsilon(_ name: String) throws -> (String, Double) {
      let found: ExampleSettings = try schema.resolve(
        overrides: [.init("optimizer.name", text: name)]
      ).settings()
      return (found.optimizer.decayMode, found.optimizer.epsilon)
    }
    #expect(try modeAndEpsilon("adamw") == ("decoupled", 1e-8))
    #expect(try modeAndEpsilon("adam") == ("l2", 1e-8))
    #expect(try modeAndEpsilon("adagrad") == ("l2", 1e-10))
  }

  @Test func typedSettingsAreResolvedToo() throws {
    var typed = ExampleSettings()
    typed.optimizer.name = "adagrad"
    typed.model.stack.hidden = 512  // The default, but chosen.
    let found = try schema.resolve(overrides: schema.overrides(for: typed))
    #expect(found["optimizer.epsilon"] == .number(1e-10))
    #expect(found.isGiven("model.hidden") && !found.isGiven("model.layers"))
    typed.train.batch = 0
    let error = #expect(throws: UserError.self) {
      try schema.resolve(overrides: schema.overrides(for: typed))
    }
    #expect(error?.message.hasPrefix("train.batch") == true)
  }

  @Test func schedulesMayBeginWithAWarmUp() throws {
    let shorthand = try #require(schema.shorthands.first { $0.spelling == "schedule" })
    let (presets, overrides) = try shorthand.expand("warmup-cosine")
    func warmup(_ more: [SettingsOverride]) throws -> (String, Int) {
      let found: ExampleSettings = try schema.resolve(
        presets: presets, overrides: overrides + more
      ).settings()
      return (found.schedule.name, found.schedule.warmup)
    }
    #expect(try warmup([]) == ("cosine", 100))
    #expect(try warmup([.init("schedule.warmup", .integer(7))]) == ("cosine", 7))
    #expect(throws: UserError.self) { try shorthand.expand("warm") }
  }

  @Test(arguments: [
    ("model.init=xavyer", "xavier, he, orthogonal"), ("model.init=uniform:-1", "uniform:BOUND"),
    ("schedule.minimum=1", "at most optimizer.lr"),
  ])
  func whatDoesNotFitIsRefused(setting: String, words: String) throws {
    let typed: ExampleSettings = try schema.resolve(
      overrides: [SettingsOverride(parsing: setting)]
    ).settings()
    let error = #expect(throws: UserError.self) { try typed.checkAll() }
    #expect(error?.message.contains(words) == true)
  }

  @Test func everyOptionRefusesNonsense() throws {
    for key in schema.keys {
      let option = try #require(schema.option(key))
      #expect(!option.help.isEmpty && !option.help.hasSuffix("."))
      let nonsense: OptionValue =
        switch option.kind {
        case .integer, .boolean: .number(.nan)
        case .number: .number(.infinity)
        case .choice: .string("nonsense")
        case .string, .strings: .integer(1)
        }
      let error = #expect(throws: UserError.self) {
        try schema.resolve(overrides: [.init(key, nonsense)])
      }
      #expect(error?.message.hasPrefix("\(key) on the command line must be ") == true)
    }
  }
}
