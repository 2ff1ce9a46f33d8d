import Compute
import Corpora
import Networks

/// The options of transcription.
package enum TranscriptionSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.transcription), data, features, model, CommonSchema.training(batch: 32),
    CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The recordings and what is said in them",
    [
      .string("audio", "", "Folder of WAV files"),
      .string("transcripts", "", "File of 'file<TAB>text' lines, files as paths inside 'audio'"),
      .string("valid_audio", "", "Folder of the recordings to validate on; empty: 'audio'"),
      .string(
        "valid", "", "Transcripts to validate on; empty: a part of the training transcripts"),
      .number(
        "valid_fraction", 0.1, in: .fraction, "Share to validate on without transcripts of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count,
        "Seed of the division into training and validation"),
      .boolean("partial", false, "Pass over recordings that have no transcript"),
      .choice(
        "labels", "char", of: TranscriptAlphabet.Unit.allCases.map(\.rawValue),
        "What the network writes"),
      .string(
        "alphabet", "",
        "The labels: characters, or words with blanks between; empty: those of the transcripts"),
      .boolean("lowercase", false, "Read transcripts in lower case"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 128) + [
      .number("input_noise", 0, in: .notNegative, "Deviation of noise on the features in training")
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    for (key, option) in [
      ("data.audio", "--audio DIR"), ("data.transcripts", "--transcripts FILE"),
    ]
    where configuration.string(key).isEmpty {
      throw UserError.usage("\(key) is empty", hint: "name it with \(option)")
    }
  }
}
