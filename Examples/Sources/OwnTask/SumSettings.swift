import Unroll

/// Every option of `train sum`, its key in TOML files and its line of help.
struct SumSettings: TaskSettings {
  struct Data: SettingsGroup {
    static let about = "The digits"

    @Setting(option: "data", path: true, "File of 'sum<TAB>digit digit …' lines") var train = ""
    var division = DivisionSettings()
  }

  struct Model: SettingsGroup {
    static let about = "The network"

    var stack = StackSettings(hidden: 32)
    @Setting(in: 1...1024, "Units of a digit's embedding") var embedding = 8
  }

  var data = Data()
  var model = Model()
  var train = TrainingSettings(batch: 16, epochs: 20)
  var optimizer = OptimizerSettings()
  var schedule = ScheduleSettings()
}
