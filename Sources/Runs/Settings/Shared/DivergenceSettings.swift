import Compute

/// What follows when training diverges; a part of the table `train`.
public struct DivergenceSettings: SettingsGroup {
  /// Values of `onDivergence`.
  enum Response: String, CaseIterable {
    case stop, skip, rollback
  }

  @Setting(
    of: Response.allCases.map(\.rawValue), mayChange: true,
    "After a loss or gradient that is not finite, or a loss that is too high: end, pass over "
      + "the update, or go back to the last checkpoint with a lower rate")
  public var onDivergence = "skip"
  @Setting(
    in: .notNegative, following: ("train.on_divergence", ["rollback": 10]), mayChange: true,
    "A loss is too high above so many times its lowest mean; 0: every finite loss will do")
  public var divergenceFactor = 0.0
  @Setting(
    in: .positiveCount, mayChange: true,
    "Updates passed over in a row that end the training, or roll it back")
  public var maxBadUpdates = 10
  @Setting(
    in: .count, mayChange: true, "Rollbacks after which the next divergence ends the training")
  public var maxRollbacks = 3
  @Setting(
    in: NumberRange(lower: 0, upper: 1, includesLower: false, includesUpper: false),
    mayChange: true,
    "What a rollback multiplies the learning rate by")
  public var rollbackFactor = 0.5

  public init() {}

  /// Throws `UserError.usage` for a factor that a loss lies above from the beginning.
  public func check() throws {
    guard divergenceFactor == 0 || divergenceFactor > 1 else {
      throw UserError.usage(
        "train.divergence_factor must be 0 or above 1, found \(divergenceFactor)",
        hint: "a loss of 1 times its lowest mean is no divergence")
    }
  }

  public func checkNewRun() throws {
    let usual = DivergenceSettings()
    for (option, isOther) in [
      ("--max-rollbacks", maxRollbacks != usual.maxRollbacks),
      ("--rollback-factor", rollbackFactor != usual.rollbackFactor),
    ] where isOther && response != .rollback {
      throw UserError.usage(
        "\(option) is of rollbacks, but --on-divergence is '\(onDivergence)'",
        hint: "drop \(option), or add --on-divergence rollback")
    }
  }

  var response: Response { Response(rawValue: onDivergence) ?? .skip }
}
