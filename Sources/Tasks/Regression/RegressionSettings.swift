import Compute
import Networks
import Runs

/// The settings of regression.
public struct RegressionSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The series of numbers"

    @Setting(
      option: "data", path: true, "Table of 'target,number,number,…' rows, a sequence each")
    public var train = ""
    @Setting(path: true, "Table to validate on; empty: a part of the training data")
    public var valid = ""
    public var division = DivisionSettings("Share to validate on without a file")
    @Setting(in: .positiveCount, "Numbers a step") public var features = 1
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
  }
}
