/// How gradients become steps: a rule and the weight decay, with the learning rate of a training that
/// has no schedule.
public struct OptimizerConfiguration: Sendable {
  public enum WeightDecay: String, Sendable, CaseIterable {
    /// `w *= 1 - lr · decay` beside the step. Loshchilov & Hutter 2019.
    case decoupled
    /// `g += decay · w` before the step.
    case l2
  }

  public var rule: any OptimizerRule
  public var learningRate: Double
  public var weightDecay: Double
  public var weightDecayMode: WeightDecay
  /// Whether the second moment of a table whose rows are stepped when they are touched is one number for
  /// each row.
  public var rowMoments = false

  public init(
    _ rule: any OptimizerRule, learningRate: Double, weightDecay: Double = 0,
    weightDecayMode: WeightDecay = .l2
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.weightDecayMode = weightDecayMode
  }

  package var momentNames: [String] { rule.momentNames }
}

extension OptimizerConfiguration: Equatable {
  public static func == (one: Self, other: Self) -> Bool {
    one.rule.isEqual(to: other.rule) && one.learningRate == other.learningRate
      && one.weightDecay == other.weightDecay && one.weightDecayMode == other.weightDecayMode
      && one.rowMoments == other.rowMoments
  }
}

/// The rules that come with Unroll, with the hyper-parameters of `torch.optim`.
extension OptimizerConfiguration {
  public static func sgd(
    learningRate: Double, momentum: Double = 0, isNesterov: Bool = false
  ) -> Self {
    momentum == 0
      ? Self(SGDRule(), learningRate: learningRate)
      : Self(
        MomentumRule(momentum: momentum, isNesterov: isNesterov), learningRate: learningRate)
  }

  public static func adam(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Self {
    Self(AdamRule(beta1, beta2, epsilon: epsilon), learningRate: learningRate)
  }

  public static func adamW(
    learningRate: Double, weightDecay: Double = 0.01, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8
  ) -> Self {
    Self(
      AdamRule(beta1, beta2, epsilon: epsilon), learningRate: learningRate,
      weightDecay: weightDecay, weightDecayMode: .decoupled)
  }

  public static func rmsProp(
    learningRate: Double, rho: Double = 0.99, epsilon: Double = 1e-8
  ) -> Self {
    Self(RMSPropRule(rho: rho, epsilon: epsilon), learningRate: learningRate)
  }

  public static func adagrad(learningRate: Double, epsilon: Double = 1e-10) -> Self {
    Self(AdagradRule(epsilon: epsilon), learningRate: learningRate)
  }
}
