/// Errors of forecasts in the series' own unit, beside those of a forecast that repeats the last season.
///
/// MASE is the mean over forecasts of the absolute error, divided by that which repeating the season before
/// makes within the steps that the forecast was made from: below 1 a forecast is better than that. Windows
/// in which that is 0 do not count for it.
/// Source: Hyndman & Koehler, "Another look at measures of forecast accuracy" (2006).
package struct ForecastScores: Sendable, Equatable {
  private let season: Int
  package private(set) var count = 0
  private var absoluteErrors = 0.0
  private var squaredErrors = 0.0
  private var naiveErrors = 0.0
  private var scaledErrors = 0.0
  private var scaledCount = 0

  /// - Parameter season: in steps; what is read of a series is longer.
  package init(season: Int) { self.season = season }

  /// Takes a forecast into account.
  ///
  /// - Parameter history: the steps that it was made from.
  package mutating func add(truth: [Double], prediction: [Double], history: [Double]) {
    precondition(truth.count == prediction.count && history.count > season)
    var sum = 0.0
    for (step, (value, guess)) in zip(truth, prediction).enumerated() {
      sum += abs(guess - value)
      squaredErrors += (guess - value) * (guess - value)
      naiveErrors += abs(history[history.count - season + step % season] - value)
    }
    absoluteErrors += sum
    count += truth.count
    let changes = zip(history.dropFirst(season), history).map { abs($0 - $1) }
    let scale = changes.reduce(0, +) / Double(changes.count)
    guard scale > 0 else { return }
    scaledErrors += sum / Double(truth.count) / scale
    scaledCount += 1
  }

  /// NaN without a forecast, as the next two.
  package var meanAbsoluteError: Double { absoluteErrors / Double(count) }
  package var rootMeanSquaredError: Double { (squaredErrors / Double(count)).squareRoot() }
  package var naiveMeanAbsoluteError: Double { naiveErrors / Double(count) }
  /// Nil where no series changes.
  package var meanAbsoluteScaledError: Double? {
    scaledCount > 0 ? scaledErrors / Double(scaledCount) : nil
  }
}
