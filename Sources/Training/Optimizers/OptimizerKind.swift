/// How gradients become steps, with the hyper-parameters of `torch.optim`.
public struct OptimizerConfiguration: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad
  }
  public enum WeightDecay: String, Sendable, CaseIterable {
    /// `w *= 1 - lr · decay` beside the step. Loshchilov & Hutter 2019.
    case decoupled
    /// `g += decay · w` before the step.
    case l2
  }

  public var kind: Kind
  /// Momentum of `momentum` and `nesterov`.
  public var momentum: Double
  /// Decay of Adam's first and second moment.
  public var beta1: Double
  public var beta2: Double
  /// Decay of RMSProp's second moment.
  public var rho: Double
  public var epsilon: Double
  public var weightDecay: Double
  public var weightDecayMode: WeightDecay

  /// Nil takes the kind's own default: epsilon 1e-8 (Adagrad 1e-10), decoupled decay for AdamW.
  public init(
    _ kind: Kind, momentum: Double = 0.9, beta1: Double = 0.9, beta2: Double = 0.999,
    rho: Double = 0.99, epsilon: Double? = nil, weightDecay: Double = 0,
    weightDecayMode: WeightDecay? = nil
  ) {
    self.kind = kind
    self.momentum = momentum
    self.beta1 = beta1
    self.beta2 = beta2
    self.rho = rho
    self.epsilon = epsilon ?? (kind == .adagrad ? 1e-10 : 1e-8)
    self.weightDecay = weightDecay
    self.weightDecayMode = weightDecayMode ?? (kind == .adamw ? .decoupled : .l2)
  }

  /// Names of the buffers, of the size of the weights, that the kind keeps from step to step.
  public var momentNames: [String] {
    switch kind {
    case .sgd: []
    case .momentum, .nesterov: ["momentum"]
    case .adam, .adamw: ["first_moment", "second_moment"]
    case .rmsprop: ["mean_square"]
    case .adagrad: ["sum_of_squares"]
    }
  }
}
