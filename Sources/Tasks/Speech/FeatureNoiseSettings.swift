import Autodiff
import Compute
import Corpora
import Runs

/// What keeps a network from learning recordings by heart: noise on what it hears, and gaps in it.
public struct FeatureNoiseSettings: SettingsGroup {
  @Setting(in: .notNegative, "Deviation of noise on the features, in training")
  public var inputNoise = 0.0
  @Setting(in: 0...100, "Stretches of steps in each recording that are zero in training")
  public var timeMasks = 0
  @Setting(in: .width, "Most steps of such a stretch, which is at most a fifth of the recording")
  public var timeMaskSteps = 20
  @Setting(in: 0...100, "Bands of the features in each recording that are zero in training")
  public var frequencyMasks = 0
  @Setting(in: .width, "Most neighbouring features of such a band")
  public var frequencyMaskWidth = 8

  public init() {}

  /// Throws a `UserError` where zero would be no silence.
  func check(on features: SpeechFeatureSettings) throws {
    guard features.normalize || timeMasks == 0 && frequencyMasks == 0 else {
      throw UserError.usage(
        "masks make features zero, which is their mean only where they are normalised, but "
          + "features.normalize is false",
        hint: "drop --no-normalize, or --time-masks and --frequency-masks")
    }
  }
}

extension FeatureNoiseSettings {
  /// Refuses what would do nothing, of a run that is to begin. Throws a usage `UserError`.
  ///
  /// - Parameter reuse: another run's masks are taken over with its weights.
  func checkNewRun(_ reuse: ReuseSettings) throws {
    let usual = FeatureNoiseSettings()
    for (option, isOther, masks, count) in [
      ("--time-mask-steps", timeMaskSteps != usual.timeMaskSteps, "--time-masks", timeMasks),
      (
        "--frequency-mask-width", frequencyMaskWidth != usual.frequencyMaskWidth,
        "--frequency-masks", frequencyMasks
      ),
    ] where isOther && count == 0 && reuse.from.isEmpty {
      throw UserError.usage(
        "\(option) is of masks, but \(masks) is 0",
        hint: "drop \(option), or add \(masks) 1 or more")
    }
  }
}

/// What becomes of features while a network learns from them.
struct FeatureNoise: Sendable {
  private let deviation: Double
  private let masking: FeatureMasking

  init(_ settings: FeatureNoiseSettings, on features: SpeechFeatureConfiguration) {
    deviation = settings.inputNoise
    var masking = FeatureMasking(channels: features.staticWidth)
    (masking.timeMasks, masking.timeMaskSteps) = (settings.timeMasks, settings.timeMaskSteps)
    masking.frequencyMasks = settings.frequencyMasks
    masking.frequencyMaskWidth = settings.frequencyMaskWidth
    self.masking = masking
  }

  /// Noise comes first: what is blotted out is silent.
  func added(to features: Variable<Float>, on tape: Tape<Float>) -> Variable<Float> {
    tape.masked(tape.gaussianNoise(features, deviation: deviation), masking)
  }
}
