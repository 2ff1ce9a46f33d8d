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

  /// Of other jobs that hear recordings too.
  static let features = ConfigurationSchema.Table(
    "features", "What the network hears",
    [
      .choice(
        "kind", "mfcc", of: SpeechFeatureConfiguration.Kind.allCases.map(\.rawValue),
        "Numbers of a frame"),
      ConfigurationOption(
        "filters", .integer(1...512),
        default: .following(
          key: "features.kind", ["log-mel": .integer(40)], otherwise: .integer(26)),
        help: "Filters on the mel scale"),
      .integer("coefficients", 13, in: 1...512, "Cepstral coefficients kept, for mfcc"),
      .integer("deltas", 2, in: 0...2, "1 adds slopes over time, 2 also slopes of slopes"),
      .number(
        "window_ms", 25, in: NumberRange(lower: 1, upper: 1000), "Milliseconds of sound in a frame"),
      .number(
        "shift_ms", 10, in: NumberRange(lower: 1, upper: 1000),
        "Milliseconds from one frame to the next"),
      .boolean("normalize", true, "Mean 0 and variance 1 over each recording"),
      .integer("stack", 1, in: 1...64, "Frames that become one step of the network"),
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

extension SpeechFeatureConfiguration {
  /// Reads the table `features`.
  init(_ configuration: ResolvedConfiguration) {
    self.init(
      kind: Kind(rawValue: configuration.string("features.kind")) ?? .mfcc,
      filterCount: configuration.integer("features.filters"),
      coefficientCount: configuration.integer("features.coefficients"),
      deltaOrder: configuration.integer("features.deltas"),
      windowSeconds: configuration.number("features.window_ms") / 1000,
      shiftSeconds: configuration.number("features.shift_ms") / 1000,
      isNormalized: configuration.boolean("features.normalize"),
      stackedFrames: configuration.integer("features.stack"))
  }
}
