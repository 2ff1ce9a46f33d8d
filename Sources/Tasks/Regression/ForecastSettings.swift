import Compute
import Runs

/// Forecasts of long series: what is read of them and what is predicted; a part of the table `data`.
public struct ForecastSettings: SettingsGroup {
  @Setting(
    in: .count,
    "Steps that are read before a forecast, of tables with a step a row; 0: no forecasts")
  public var window = 0
  @Setting(in: .positiveCount, "Steps that are forecast") public var horizon = 1
  @Setting(
    of: ["window", "none"],
    "Bring each window to mean 0 and deviation 1 of its own, or leave numbers")
  public var normalize = "window"
  @Setting(in: .positiveCount, "Steps of a season, for the naive forecast that is compared with")
  public var season = 1

  public init() {}

  public func check() throws {
    guard window > 0 else {
      for (option, isGiven) in [
        ("horizon", $horizon.isGiven && horizon > 1), ("season", $season.isGiven && season > 1),
        ("normalize", $normalize.isGiven && normalize != "window"),
      ] where isGiven {
        throw UserError.usage(
          "--\(option) is for forecasts, but there is no --window", hint: "add --window STEPS")
      }
      return
    }
    guard window > season else {
      throw UserError.usage(
        "--window \(window): expected more than --season \(season), whose steps the naive forecast repeats",
        hint: "use --window \(2 * season)")
    }
  }
}

/// Forecasts as the settings ask for them.
struct ForecastForm: Sendable {
  let window: Int
  let horizon: Int
  let season: Int
  let normalizes: Bool

  /// Nil where there are none.
  init?(_ settings: ForecastSettings) {
    guard settings.window > 0 else { return nil }
    (window, horizon, season) = (settings.window, settings.horizon, settings.season)
    normalizes = settings.normalize == "window"
  }
}
