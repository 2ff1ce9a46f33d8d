import Runs

/// What a token is learnt as where models write tokens; a part of the table `train`.
///
/// It shapes training alone: validation and measuring go by the plain loss.
public struct SmoothingSettings: SettingsGroup {
  public static let table: String? = "train"

  @Setting(in: .fraction, "Share of a token's probability that all tokens get alike in the loss")
  public var labelSmoothing = 0.0

  public init() {}
}
