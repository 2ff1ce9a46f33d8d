import Runs

/// What a model writes while it trains: always from the same random numbers, so that texts can be compared.
enum RunSample {
  private static let length = 400
  /// Labels that a text is written of, at most.
  private static let conditions = 8

  /// Nil if the task writes nothing.
  static func text(of task: any TrainingTask) throws -> String? {
    guard let task = Abilities.sampling.of(task) else { return nil }
    var (request, text) = (SamplingRequest(), "")
    request.length = length
    let conditions = task.conditions.prefix(Self.conditions)
    for condition in conditions.map(Optional.init) + (conditions.isEmpty ? [nil] : []) {
      request.condition = condition
      if let condition { text += condition + "\t" }
      try task.sample(request) { text += $0 }
    }
    return text
  }
}
