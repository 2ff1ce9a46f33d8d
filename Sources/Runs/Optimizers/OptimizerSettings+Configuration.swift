extension OptimizerSettings {
  /// The update rule that the settings describe.
  package var configuration: OptimizerConfiguration {
    guard let kind = OptimizerConfiguration.Kind(rawValue: name),
      let decay = OptimizerConfiguration.WeightDecay(rawValue: decayMode)
    else { preconditionFailure("no optimizer '\(name)' with decay '\(decayMode)'") }
    return OptimizerConfiguration(
      kind, momentum: momentum, beta1: beta1, beta2: beta2, rho: rho, epsilon: epsilon,
      weightDecay: weightDecay, weightDecayMode: decay)
  }
}
