import Compute
import Foundation
import Networks
import Runs

/// The settings of regression.
public struct RegressionSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The series of numbers"

    @Setting(
      option: "data", path: true,
      "Tables of 'target,number,number,…' rows, a sequence each, series in .ts or .npz, or with --window "
        + "tables with a step a row, read in this order")
    public var train: [String] = []
    @Setting(path: true, "Tables to validate on; empty: a part of the training data")
    public var valid: [String] = []
    public var division = DivisionSettings("Share to validate on without a file")
    @Setting(in: .positiveCount, "Numbers a step") public var features = 1
    public var series = SeriesSettings()
    @Setting(
      "Column of the numbers to predict, by name or number; empty: the one called like a target, else the "
        + "first; of forecasts the only one")
    public var target = ""
    public var forecast = ForecastSettings()
    @Setting("Rows have no target: at every step the numbers of the next one are predicted")
    public var everyStep = false

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 64)
    @Setting(
      of: SequenceModelConfiguration.Pooling.names, "What stands for the whole sequence")
    public var pooling = "last"
    @Setting(of: ["squared", "quantile"], "What a prediction is judged by") public var loss =
      "squared"
    @Setting("Quantiles that are predicted with --loss quantile, each between 0 and 1")
    public var quantiles = "0.1,0.5,0.9"

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 32)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws {
    if data.everyStep, model.stack.bidirectional {
      throw UserError.usage(
        "--every-step cannot be --bidirectional: reading backward, a step has seen the next one",
        hint: "drop one of them")
    }
    for (option, isGiven) in [
      ("--window", data.forecast.window > 0), ("--loss quantile", model.loss == "quantile"),
    ] where isGiven && data.everyStep {
      throw UserError.usage(
        "\(option) predicts once a series, --every-step at all of its steps",
        hint: "drop one of them")
    }
    if data.forecast.window > 0, data.series.standardize, data.forecast.normalize == "window" {
      throw UserError.usage(
        "--standardize has no effect on windows that are each brought to one scale",
        hint: "drop it, or use --normalize none")
    }
    for (option, isGiven) in [
      ("--features", data.features > 1), ("--layout", data.series.layout != "step"),
    ] where isGiven && data.forecast.window > 0 {
      throw UserError.usage(
        "\(option) has no effect on tables with a step a row, which --window reads",
        hint: "drop one of them")
    }
    if model.loss != "quantile", model.quantiles != Model().quantiles {
      throw UserError.usage(
        "--quantiles \(model.quantiles) has no effect without --loss quantile", hint: "add it")
    }
    _ = try model.levels
  }

  public func checkNewRun() throws {
    guard !data.everyStep || data.target.isEmpty else {
      throw UserError.usage(
        "--target names one column, --every-step predicts all of them", hint: "drop one of them")
    }
  }
}

extension RegressionSettings.Model {
  /// The quantiles that are predicted, rising; nil for one number. Throws `UserError.usage`.
  var levels: [Double]? {
    get throws {
      guard loss == "quantile" else { return nil }
      let levels = quantiles.split(separator: ",", omittingEmptySubsequences: false)
        .map { Double($0.trimmingCharacters(in: .whitespaces)) ?? 0 }
      guard levels.allSatisfy({ $0 > 0 && $0 < 1 }), levels == Set(levels).sorted() else {
        throw UserError.usage(
          "--quantiles \(quantiles): expected rising numbers between 0 and 1, such as 0.1,0.5,0.9")
      }
      return levels
    }
  }
}
