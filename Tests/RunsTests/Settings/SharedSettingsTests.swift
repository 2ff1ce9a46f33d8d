import Compute
import Foundation
import Runs
import TestSupport
import Testing

/// What tasks share, as version 0.1 wrote it: a run's config.toml lasts.
@Suite struct SharedSettingsTests {
  let schema = SettingsSchema(task: "lm", of: ExampleSettings.self)

  @Test func everyOptionIsWrittenAsEver() throws {
    #expect(
      try schema.resolve().toml == """
        [run]
        task = "lm"
        format = 2

        [data]
        text = []
        valid = ""
        tokens = "char"
        vocabulary_size = 0
        min_count = 1
        unknown = "refuse"
        valid_fraction = 0.05
        cache = ""

        [model]
        cell = "lstm"
        layers = 2
        hidden = 512
        projection = 0
        layer_norm = false
        residual = false
        dropout = 0.0
        locked_dropout = false
        recurrent_dropout = 0.0
        weight_drop = 0.0
        zoneout = 0.0
        init = "default"
        forget_bias = 0.0
        embedding = 128
        tie = false
        embedding_dropout = 0.0
        input_dropout = 0.0
        output_dropout = -1.0
        activation_penalty = 0.0
        temporal_penalty = 0.0

        [train]
        batch = 64
        leaves = 1
        accumulate = 1
        exchange = "f32"
        epochs = 10
        updates = 0
        threads = 0
        plan = "auto"
        pin = true
        precision = "f32"
        seed = 1
        eval_every = 0
        save_every = 0
        save_minutes = 15
        log_every = 0
        patience = 0
        monitor = ""
        defaults = "data"
        on_divergence = "skip"
        divergence_factor = 0.0
        max_bad_updates = 10
        max_rollbacks = 3
        rollback_factor = 0.5
        from = ""
        freeze = []
        test = []
        fold = ""
        steps = 64
        loss_scale = "mean"

        [optimizer]
        name = "adam"
        lr = 0.002
        momentum = 0.9
        beta1 = 0.9
        beta2 = 0.999
        epsilon = 1e-08
        rho = 0.99
        row_moments = false
        weight_decay = 0.0
        decay_mode = "l2"
        clip_norm = 5.0
        clip_value = 0.0
        average_after = 0

        [schedule]
        name = "constant"
        warmup = 0
        factor = 0.5
        every = 1
        start = 0
        patience = 2
        minimum = 0.0

        """)
  }

  /// Groups with defaults of a task's own.
  private struct OtherTables: Sendable {
    var data = DivisionSettings()
    var model = StackSettings(hidden: 128)
    var train = TrainingSettings(batch: 32)
  }

  @Test func otherTasksShareTheGroupsToo() throws {
    let other = SettingsSchema(task: nil, reflecting: OtherTables())
    let found = try other.resolve()
    #expect(
      Set(other.keys).subtracting(schema.keys) == ["data.split_seed", "model.bidirectional"])
    for (key, value) in [
      ("data.valid_fraction", .number(0.1)), ("data.split_seed", .integer(1)),
      ("model.layers", .integer(1)), ("model.hidden", .integer(128)),
      ("model.bidirectional", .boolean(false)), ("train.batch", .integer(32)),
    ] as [(String, OptionValue)] {
      #expect(found[key] == value, "\(key)")
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
    func warmup(_ more: [SettingsOverride]) throws -> (String, Period) {
      let found: ExampleSettings = try schema.resolve(
        presets: presets, overrides: overrides + more
      ).settings()
      return (found.schedule.name, found.schedule.warmup)
    }
    #expect(try warmup([]) == ("cosine", 100))
    #expect(try warmup([.init("schedule.warmup", .integer(7))]) == ("cosine", 7))
    for spelling in ["", "warm", "warmup-", "warmup", "cosin", "warmup-warmup-cosine"] {
      let error = #expect(throws: UserError.self) { try shorthand.expand(spelling) }
      #expect(error?.kind == .usage)
      #expect(error?.message.hasSuffix("found '\(spelling)'") == true)
    }
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
        case .choice, .period: .string("nonsense")
        case .string, .strings: .integer(1)
        }
      let error = #expect(throws: UserError.self) {
        try schema.resolve(overrides: [.init(key, nonsense)])
      }
      #expect(error?.message.hasPrefix("\(key) on the command line must be ") == true)
    }
  }
}
