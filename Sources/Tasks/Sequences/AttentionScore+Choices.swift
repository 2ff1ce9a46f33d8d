import Networks

extension AttentionScore {
  /// Of a setting: with none at all.
  static var choices: [String] { ["none"] + allCases.map(\.rawValue) }
}
