import Compute
import Interchange
import Networks
import Runs

/// The settings of composing.
package struct CompositionSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The music"

    @Setting(
      option: "data", path: true,
      "JSON file of pieces in 'train', 'valid' and 'test'; a piece is a list of steps, a step the "
        + "list of its MIDI notes")
    package var music = ""
    @Setting(in: 1...480, "Steps a quarter note, for MIDI files") package var stepsPerQuarter = 1

    package init() {}

    package func check() throws {
      guard MIDIFile.defaultDivision.isMultiple(of: stepsPerQuarter) else {
        throw UserError.usage(
          "--steps-per-quarter \(stepsPerQuarter): expected a divisor of "
            + "\(MIDIFile.defaultDivision), the ticks of a quarter note",
          hint: "1 for quarter notes, 4 for sixteenths")
      }
    }
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 100, readsBothWays: false)

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 8, epochs: 100)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}
}
