import Compute

/// The table `optimizer`: how gradients change weights.
public struct OptimizerSettings: SettingsGroup {
  public static let about = "How gradients change weights"

  package static var names: [String] { Optimizers.names }

  @Setting(of: Self.names, option: "optimizer", "Update rule") public var name = "adam"
  @Setting(in: .positive, mayChange: true, "Learning rate before the schedule")
  public var lr = 2e-3
  @Setting(in: .fraction, "For momentum and nesterov") public var momentum = 0.9
  @Setting(in: .fraction, "Decay of the first moment, for adam and adamw")
  public var beta1 = 0.9
  @Setting(in: .fraction, "Decay of the second moment, for adam and adamw")
  public var beta2 = 0.999
  // Less would be 0 among the weights.
  @Setting(
    in: NumberRange(lower: 1.2e-38, upper: .infinity),
    following: ("optimizer.name", ["adagrad": 1e-10]),
    "Added to the root, for adam, adamw, rmsprop and adagrad")
  public var epsilon = 1e-8
  @Setting(in: .fraction, "Decay of the squares, for rmsprop") public var rho = 0.99
  @Setting(
    "One number for the squares of a row of a large table, for adam, adamw, rmsprop and adagrad")
  public var rowMoments = false
  @Setting(in: .notNegative, "Strength of weight decay") public var weightDecay = 0.0
  @Setting(
    of: ["decoupled", "l2"], following: ("optimizer.name", ["adamw": "decoupled"]),
    "Decay beside the update, or as part of the gradient")
  public var decayMode = "l2"
  @Setting(in: .notNegative, mayChange: true, "Largest norm of the whole gradient; 0: any")
  public var clipNorm = 5.0
  @Setting(in: .notNegative, mayChange: true, "Largest element of the gradient; 0: any")
  public var clipValue = 0.0
  @Setting(
    in: .count,
    "Average the weights once validation is worse than this many validations ago; 0: never")
  public var averageAfter = 0

  public init() {}

  public func checkNewRun() throws {
    let usual = OptimizerSettings()
    for (option, isOther, rules) in [
      ("--momentum", momentum != usual.momentum, ["momentum", "nesterov"]),
      ("--beta1", beta1 != usual.beta1, ["adam", "adamw"]),
      ("--beta2", beta2 != usual.beta2, ["adam", "adamw"]),
      ("--rho", rho != usual.rho, ["rmsprop"]),
    ] where isOther && !rules.contains(name) && Optimizers.readsKnownSettings(name) {
      throw UserError.usage(
        "\(option) is for \(rules.joined(separator: " and ")), but --optimizer is '\(name)'",
        hint: "drop \(option), or add --optimizer \(rules[0])")
    }
  }
}
