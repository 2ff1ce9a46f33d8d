/// How gradients become steps, with the hyper-parameters of `torch.optim`.
package struct OptimizerConfiguration: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case sgd, momentum, nesterov, adam, adamw, rmsprop, adagrad
  }
  package enum WeightDecay: String, Sendable, CaseIterable {
    /// `w *= 1 - lr · decay` beside the step. Loshchilov & Hutter 2019.
    case decoupled
    /// `g += decay · w` before the step.
    case l2
  }

  package var kind: Kind
  /// Momentum of `momentum` and `nesterov`.
  package var momentum: Double
  /// Decay of Adam's first and second moment.
  package var beta1: Double
  package var beta2: Double
  /// Decay of RMSProp's second moment.
  package var rho: Double
  package var epsilon: Double
  package var weightDecay: Double
  package var weightDecayMode: WeightDecay

  /// Nil takes the kind's own default: epsilon 1e-8 (Adagrad 1e-10), decoupled decay for AdamW.
  package init(
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
  package var momentNames: [String] {
    switch kind {
    case .sgd: []
    case .momentum, .nesterov: ["momentum"]
    case .adam, .adamw: ["first_moment", "second_moment"]
    case .rmsprop: ["mean_square"]
    case .adagrad: ["sum_of_squares"]
    }
  }
}
