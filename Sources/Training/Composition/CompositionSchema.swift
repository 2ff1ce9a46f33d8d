import Compute
import Interchange
import Networks

/// The options of composing.
package enum CompositionSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.composition), data, model, CommonSchema.training(batch: 8, epochs: 100),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The music",
    [
      .string(
        "music", "",
        "JSON file of pieces in 'train', 'valid' and 'test'; a piece is a list of steps, a step the "
          + "list of its MIDI notes"),
      .integer("steps_per_quarter", 1, in: 1...480, "Steps a quarter note, for MIDI files"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network", StackSchema.options(hidden: 100, readsBothWays: false))

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    let steps = configuration.integer("data.steps_per_quarter")
    guard MIDIFile.defaultDivision.isMultiple(of: steps) else {
      throw UserError.usage(
        "--steps-per-quarter \(steps): expected a divisor of \(MIDIFile.defaultDivision), the "
          + "ticks of a quarter note", hint: "1 for quarter notes, 4 for sixteenths")
    }
  }
}
