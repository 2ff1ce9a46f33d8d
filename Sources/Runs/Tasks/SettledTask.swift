/// A task that learns nothing from its examples beside the weights, no vocabulary and no labels: the
/// model follows from the settings alone.
public protocol SettledTask: TrainingTask {
  /// Declares the model.
  init(_ settings: Settings, _ workplace: Workplace) throws
}

extension SettledTask {
  public init(learning source: Source, _ settings: Settings, _ workplace: Workplace) throws {
    try self.init(settings, workplace)
  }

  public init(opening folder: RunFolder, _ settings: Settings, _ workplace: Workplace) throws {
    try self.init(settings, workplace)
  }
}
