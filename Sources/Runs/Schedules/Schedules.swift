import Synchronization

/// The decays of the learning rate by name: one line registers a decay everywhere, from `--schedule` to
/// resumed runs.
public enum Schedules {
  typealias Make = @Sendable (ScheduleSettings) -> any LearningRateDecay

  private static let own: [(name: String, make: Make)] = [
    ("constant", { _ in ConstantRate() }),
    ("step", { StepDecay(factor: $0.factor, every: $0.every, start: $0.start) }),
    ("exponential", { StepDecay(factor: $0.factor, every: 1, start: $0.start) }),
    ("cosine", { _ in CosineDecay() }),
    ("plateau", { PlateauDecay(factor: $0.factor, patience: $0.patience) }),
    ("linear", { _ in LinearDecay() }),
  ]
  private static let registered = Mutex(own)

  /// False for a decay of another module, which may read any of the settings.
  static func readsKnownSettings(_ name: String) -> Bool {
    own.contains { $0.name == name }
  }

  /// Makes a decay of another module known. Settings and run folders find it from now on, so this comes
  /// first in a program; a name stands for one decay for good.
  ///
  /// - Parameter make: takes what the decay needs from the settings `schedule.…`.
  public static func register(
    _ name: String, _ make: @escaping @Sendable (ScheduleSettings) -> any LearningRateDecay
  ) {
    registered.withLock { decays in
      precondition(!decays.contains { $0.name == name }, "two schedules named \(name)")
      decays.append((name, make))
    }
  }

  /// In the order of registration.
  public static var names: [String] { registered.withLock { $0.map { $0.name } } }

  static func decay(_ settings: ScheduleSettings) -> any LearningRateDecay {
    let make = registered.withLock { decays in decays.first { $0.name == settings.name }?.make }
    guard let make else { preconditionFailure("no schedule is called '\(settings.name)'") }
    return make(settings)
  }
}
