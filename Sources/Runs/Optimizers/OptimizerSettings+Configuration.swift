extension OptimizerSettings {
  /// The update rule that the settings describe.
  package var configuration: OptimizerConfiguration {
    guard let decay = OptimizerConfiguration.WeightDecay(rawValue: decayMode) else {
      preconditionFailure("no weight decay is called '\(decayMode)'")
    }
    var configuration = OptimizerConfiguration(
      Optimizers.rule(self), learningRate: lr, weightDecay: weightDecay, weightDecayMode: decay)
    configuration.rowMoments = rowMoments
    return configuration
  }
}
