/// How examples are divided where nobody names a file to validate on; a part of the table `data`.
public struct DivisionSettings: SettingsGroup {
  @Setting(in: .fraction, "Share to validate on without data of its own")
  public var validFraction = 0.1
  @Setting(in: .count, "Seed of the division into training and validation")
  public var splitSeed = 1

  /// - Parameter help: what is divided, where the usual words do not say it.
  public init(fraction: Double = 0.1, _ help: String? = nil) {
    $validFraction.default = fraction
    if let help { $validFraction.declaration.help = help }
  }
}
