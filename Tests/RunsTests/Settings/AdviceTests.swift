import Runs
import Testing

/// Values that follow from data take the place of defaults and of nothing else.
@Suite struct AdviceTests {
  private struct Settings: TaskSettings {
    struct Model: SettingsGroup {
      @Setting(of: ["lstm", "gru"], "Cell") var cell = "lstm"
      @Setting(in: .width, "Units") var hidden = 8
      @Setting(in: .notNegative, following: ("model.cell", ["gru": 2]), "Bias") var bias = 1.0
      @Setting(in: .count, "Layers") var layers = 1
    }
    var model = Model()
    var train = TrainingSettings(batch: 4)
    var optimizer = OptimizerSettings()
    var schedule = ScheduleSettings()
  }

  private let schema = SettingsSchema(
    task: "advised", of: Settings.self, advised: ["model.cell", "model.hidden", "train.batch"])

  private func advice(_ fill: (inout Advice) -> Void) -> [Advice.Rule] {
    var advice = Advice()
    fill(&advice)
    return advice.rules
  }

  @Test func adviceFillsWhatNobodyGave() throws {
    let asked = try schema.resolve(overrides: [SettingsOverride("model.hidden", .integer(5))])
    let rules = advice {
      $0.add(because: "9 lines", ["model.hidden": .integer(7), "train.batch": .integer(3)])
      $0.add(because: "words", ["model.cell": .string("gru")])
    }
    let (some, line) = try #require(asked.filled(with: rules[0]))
    #expect(line == "9 lines: train.batch = 3", "what was given is not told")
    #expect(some["model.hidden"] == .integer(5) && some["train.batch"] == .integer(3))
    #expect(!some.isGiven("train.batch") && some.isGiven("model.hidden"))
    let all = try #require(some.filled(with: rules[1])).settings
    #expect(all["model.cell"] == .string("gru"))
    #expect(all["model.bias"] == .number(2), "defaults follow what was advised")
    #expect(all["train.batch"] == .integer(3), "what was advised before stays")
    #expect(all.filled(with: rules[1]) == nil, "nothing is left to advise")
    let typed: Settings = all.settings()
    #expect(typed.model.cell == "gru" && !typed.model.$cell.isGiven && typed.model.$hidden.isGiven)
  }

  /// What a file of the data says (the width of word vectors) is no default either.
  @Test func whatTheDataDecideIsNotAdvised() throws {
    let decided = try schema.resolve().filled(with: [SettingsOverride("model.hidden", .integer(50))]
    )
    let rules = advice { $0.add(because: "9 lines", ["model.hidden": .integer(7)]) }
    #expect(decided.filled(with: rules[0]) == nil)
    #expect(decided["model.hidden"] == .integer(50))
  }

  @Test func theListOfOptionsSaysWhatFollowsFromData() {
    #expect(schema.option("model.hidden")?.followsData == true)
    #expect(schema.option("model.layers")?.followsData == false)
  }

  /// Weights of another run keep its network.
  @Test func onLearningLeavesTheNetwork() {
    var advice = Advice()
    advice.add(
      because: "9 lines",
      ["model.hidden": .integer(7), "train.batch": .integer(3), "optimizer.lr": .number(1)])
    #expect(
      advice.onLearning.rules.flatMap(\.values).map(\.key) == ["train.batch", "optimizer.lr"])
  }

  /// A plan fills the time, and no more than it.
  @Test(
    arguments: [
      (60, 0.01, 0.5, nil), (600, 0.003, 12, nil), (5, 0.7, 0.1, nil), (60, 0.01, 0.5, 100),
      (30, 0.2, 100, nil),
    ] as [(Double, Double, Double, Int?)])
  func timeIsFilled(seconds: Double, update: Double, validation: Double, every: Int?) {
    let plan = TimePlan(
      seconds: seconds, update: update, validation: validation, validationEvery: every)
    let validations = (plan.updates + plan.validationEvery - 1) / plan.validationEvery
    let time = Double(plan.updates) * update + Double(validations) * validation
    if validation > seconds {
      #expect(plan.updates == 0, "there is no time for one")
    } else {
      #expect(
        time <= seconds + validation * (every == nil ? 0 : 1)
          && time > seconds - update - validation)
      #expect(every != nil || validations <= 20)
    }
  }

  /// A warm-up takes its share of as many updates as there is time for.
  @Test(arguments: [(300, 1000, 299), (30, 1000, 29), (0, 1000, 0), (7, 10, 699)])
  func warmupsKeepTheirShare(updates: Int, all: Int, expected: Int) {
    let plan = TimePlan(seconds: 10, update: 0.01, validation: 1e-9, validationEvery: 7)
    #expect(plan.updates == 999)
    #expect(plan.warmup(updates, of: all) == expected)
  }
}
