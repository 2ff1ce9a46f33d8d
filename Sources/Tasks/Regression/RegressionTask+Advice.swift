import Corpora
import Runs

/// Settings of a regression that follow from its series: `docs/defaults.md`.
extension RegressionTask {
  public static let advisedKeys: Set<String> = [
    "data.standardize", "model.cell", "model.bidirectional", "model.pooling", "train.batch",
    "train.epochs", "optimizer.lr", "schedule.name",
  ]

  public static func advise(
    _ settings: RegressionSettings, _ source: RegressionData
  ) throws -> Advice {
    var advice = Advice()
    let count: Int
    switch source.content {
    case .rows(let series):
      count = series.count
      advice.add(
        because: "channels and targets may have any scale", ["data.standardize": .boolean(true)])
      if !settings.data.everyStep {
        advice.add(
          because: "series are read both ways, and what counts may stand anywhere in them",
          ["model.bidirectional": .boolean(true), "model.pooling": .string("mean")])
      }
    case .forecasts(let forecast): count = forecast.count
    }
    let length = LearningLength(
      examples: count, settings.train, batches: 8...64, updates: 3000, epochs: 10...100)
    advice.add(
      because: "\(count) \(settings.data.forecast.window > 0 ? "windows" : "series")",
      [
        "model.cell": .string("gru"), "train.batch": .integer(length.batch),
        "train.epochs": .integer(length.epochs), "optimizer.lr": .number(5e-3),
        "schedule.name": .string("cosine"),
      ])
    return advice
  }
}
