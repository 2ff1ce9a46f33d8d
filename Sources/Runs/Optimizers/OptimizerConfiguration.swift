/// How gradients become steps: a rule and the weight decay, with the learning rate of a training that
/// has no schedule.
public struct OptimizerConfiguration: Sendable {
  /// The rules that come with Unroll.
  package enum Kind: String, Sendable, CaseIterable {
    case sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad
  }
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

  /// With the hyper-parameters of `torch.optim`. Nil takes the kind's own default: epsilon 1e-8 (Adagrad
  /// 1e-10), decoupled decay for AdamW.
  package init(
    _ kind: Kind, momentum: Double = 0.9, beta1: Double = 0.9, beta2: Double = 0.999,
    rho: Double = 0.99, epsilon: Double? = nil, weightDecay: Double = 0,
    weightDecayMode: WeightDecay? = nil
  ) {
    let epsilon = epsilon ?? (kind == .adagrad ? 1e-10 : 1e-8)
    let rule: any OptimizerRule =
      switch kind {
      case .sgd: SGDRule()
      case .momentum, .nesterov: MomentumRule(momentum: momentum, isNesterov: kind == .nesterov)
      case .adam, .adamw: AdamRule(beta1, beta2, epsilon: epsilon)
      case .rmsprop: RMSPropRule(rho: rho, epsilon: epsilon)
      case .adagrad: AdagradRule(epsilon: epsilon)
      }
    self.init(
      rule, learningRate: 2e-3, weightDecay: weightDecay,
      weightDecayMode: weightDecayMode ?? (kind == .adamw ? .decoupled : .l2))
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

extension OptimizerConfiguration {
  public static func sgd(learningRate: Double, momentum: Double = 0) -> Self {
    momentum == 0
      ? Self(SGDRule(), learningRate: learningRate)
      : Self(MomentumRule(momentum: momentum), learningRate: learningRate)
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
}
