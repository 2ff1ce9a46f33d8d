import Compute
import Foundation
import TestSupport
import Testing
import Training

@Suite struct LanguageModelSchemaTests {
  let schema = LanguageModelSchema.standard

  @Test func defaultsAreTheOnesOfTheManual() throws {
    let found = try schema.resolve()
    #expect(
      found.toml == """
        [run]
        task = "lm"

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
        epochs = 10
        updates = 0
        threads = 0
        precision = "f32"
        seed = 1
        eval_every = 0
        save_every = 0
        patience = 0
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
    try LanguageModelSchema.check(found)
  }

  @Test func everyDefaultSurvivesTheFile() throws {
    let folder = try TemporaryFolder()
    let found = try schema.resolve()
    let again = try schema.resolve(files: [folder.write(found.toml, to: "config.toml")])
    #expect(again.toml == found.toml)
  }

  @Test func decayFollowsTheOptimizer() throws {
    func modeAndEpsilon(_ name: String) throws -> (String, Double) {
      let found = try schema.resolve(overrides: [.init("optimizer.name", text: name)])
      return (found.string("optimizer.decay_mode"), found.number("optimizer.epsilon"))
    }
    #expect(try modeAndEpsilon("adamw") == ("decoupled", 1e-8))
    #expect(try modeAndEpsilon("adam") == ("l2", 1e-8))
    #expect(try modeAndEpsilon("adagrad") == ("l2", 1e-10))
  }

  @Test(arguments: ["xavyer", "uniform", "uniform:-1", "uniform:nan", "orthogonal:2", ""])
  func initializersAreNamed(text: String) throws {
    let found = try schema.resolve(overrides: [.init("model.init", .string(text))])
    let error = #expect(throws: UserError.self) { try LanguageModelSchema.check(found) }
    #expect(error?.message.contains("xavier, he, orthogonal") == true)
  }

  @Test func everyOptionRefusesNonsense() throws {
    for key in schema.keys {
      let option = try #require(schema.option(key))
      #expect(!option.help.isEmpty && !option.help.hasSuffix("."))
      let nonsense: ConfigurationValue =
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
