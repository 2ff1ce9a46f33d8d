import Compute
import Interchange
import Networks
import Runs

/// The settings of composing.
public struct CompositionSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The music"

    @Setting(
      option: "data", path: true,
      "JSON files of pieces in 'train', 'valid' and 'test'; a piece is a list of steps, a step the "
        + "list of its MIDI notes")
    public var music: [String] = []
    @Setting(in: 1...480, "Steps a quarter note, for MIDI files") public var stepsPerQuarter = 1
    @Setting(
      in: 0...87,
      "Move a piece by up to so many semitones up or down, anew in each update that learns from it")
    public var transpose = 0

    public init() {}

    public func check() throws {
      guard MIDIFile.defaultDivision.isMultiple(of: stepsPerQuarter) else {
        throw UserError.usage(
          "--steps-per-quarter \(stepsPerQuarter): expected a divisor of "
            + "\(MIDIFile.defaultDivision), the ticks of a quarter note",
          hint: "1 for quarter notes, 4 for sixteenths")
      }
    }
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 100, readsBothWays: false)

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 8, epochs: 100)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}
}
