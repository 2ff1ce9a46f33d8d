import Corpora
import Runs

/// The table `features` of tasks that hear recordings.
public struct SpeechFeatureSettings: SettingsGroup {
  public static let about = "What the network hears"

  @Setting(
    of: SpeechFeatureConfiguration.Kind.allCases.map(\.rawValue), option: "features",
    "Numbers of a frame")
  public var kind = "mfcc"
  @Setting(in: 1...512, following: ("features.kind", ["log-mel": 40]), "Filters on the mel scale")
  public var filters = 26
  @Setting(in: 1...512, "Cepstral coefficients kept, for mfcc") public var coefficients = 13
  @Setting(in: 0...2, "1 adds slopes over time, 2 also slopes of slopes") public var deltas = 2
  @Setting(in: Self.milliseconds, "Milliseconds of sound in a frame") public var windowMs = 25.0
  @Setting(in: Self.milliseconds, "Milliseconds from one frame to the next")
  public var shiftMs = 10.0
  @Setting("Mean 0 and variance 1 over each recording") public var normalize = true
  @Setting(in: 1...64, "Frames that become one step of the network") public var stack = 1

  private static let milliseconds = NumberRange(1...1000)

  public init() {}

  /// The features that these settings describe.
  package var configuration: SpeechFeatureConfiguration {
    SpeechFeatureConfiguration(
      kind: .init(rawValue: kind) ?? .mfcc, filterCount: filters, coefficientCount: coefficients,
      deltaOrder: deltas, windowSeconds: windowMs / 1000, shiftSeconds: shiftMs / 1000,
      isNormalized: normalize, stackedFrames: stack)
  }
}
