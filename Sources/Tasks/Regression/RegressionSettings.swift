import Compute
import Networks
import Runs

/// The settings of regression.
package struct RegressionSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The series of numbers"

    @Setting(
      option: "data", path: true, "Table of 'target,number,number,…' rows, a sequence each")
    package var train = ""
    @Setting(path: true, "Table to validate on; empty: a part of the training data")
    package var valid = ""
    package var division = DivisionSettings("Share to validate on without a file")
    @Setting(in: .positiveCount, "Numbers a step") package var features = 1
    @Setting("Rows have no target: at every step the numbers of the next one are predicted")
    package var everyStep = false

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 64)
    @Setting(
      of: SequenceModelConfiguration.Pooling.names, "What stands for the whole sequence")
    package var pooling = "last"

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 32)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package func check() throws {
    if data.everyStep, model.stack.bidirectional {
      throw UserError.usage(
        "--every-step cannot be --bidirectional: reading backward, a step has seen the next one",
        hint: "drop one of them")
    }
  }
}
