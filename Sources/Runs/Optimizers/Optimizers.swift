import Synchronization

/// The update rules by name: one line registers a rule everywhere, from `--optimizer` to checkpoints.
public enum Optimizers {
  typealias Make = @Sendable (OptimizerSettings) -> any OptimizerRule

  private static let own: [(name: String, make: Make)] = [
    ("sgd", { _ in SGDRule() }),
    ("momentum", { MomentumRule(momentum: $0.momentum) }),
    ("nesterov", { MomentumRule(momentum: $0.momentum, isNesterov: true) }),
    ("adam", { AdamRule($0.beta1, $0.beta2, epsilon: $0.epsilon) }),
    ("adamw", { AdamRule($0.beta1, $0.beta2, epsilon: $0.epsilon) }),
    ("rmsprop", { RMSPropRule(rho: $0.rho, epsilon: $0.epsilon) }),
    ("adagrad", { AdagradRule(epsilon: $0.epsilon) }),
  ]
  private static let registered = Mutex(own)

  /// False for a rule of another module, which may read any of the settings.
  static func readsKnownSettings(_ name: String) -> Bool {
    own.contains { $0.name == name }
  }

  /// Makes a rule of another module known. Settings and run folders find it from now on, so this comes
  /// first in a program; a name stands for one rule for good.
  ///
  /// - Parameter make: takes what the rule needs from the settings `optimizer.…`.
  public static func register(
    _ name: String, _ make: @escaping @Sendable (OptimizerSettings) -> any OptimizerRule
  ) {
    registered.withLock { rules in
      precondition(!rules.contains { $0.name == name }, "two optimizers named \(name)")
      rules.append((name, make))
    }
  }

  /// In the order of registration.
  public static var names: [String] { registered.withLock { $0.map { $0.name } } }

  static func rule(_ settings: OptimizerSettings) -> any OptimizerRule {
    let make = registered.withLock { rules in rules.first { $0.name == settings.name }?.make }
    guard let make else { preconditionFailure("no optimizer is called '\(settings.name)'") }
    return make(settings)
  }
}
