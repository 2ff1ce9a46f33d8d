import Compute

extension OptimizerConfiguration {
  /// Reads the `optimizer` table.
  package init(_ configuration: ResolvedConfiguration) throws {
    let (name, mode) = (
      configuration.string("optimizer.name"), configuration.string("optimizer.decay_mode")
    )
    guard let kind = Kind(rawValue: name), let decay = WeightDecay(rawValue: mode) else {
      throw UserError.usage("there is no optimizer '\(name)' with weight decay '\(mode)'")
    }
    self.init(
      kind, momentum: configuration.number("optimizer.momentum"),
      beta1: configuration.number("optimizer.beta1"),
      beta2: configuration.number("optimizer.beta2"),
      rho: configuration.number("optimizer.rho"),
      epsilon: configuration.number("optimizer.epsilon"),
      weightDecay: configuration.number("optimizer.weight_decay"), weightDecayMode: decay)
  }
}
