import Interchange

/// Mean squared error and R² of predicted numbers.
///
/// Sums in `Double`, in the order in which numbers are added. The spread of the truth is kept by
/// Welford's recurrence, so a large mean costs no digits.
/// Source: Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products" (1962).
package struct RegressionScores: Sendable, Equatable {
  package private(set) var count = 0
  private var squaredErrors = 0.0
  private var absoluteErrors = 0.0
  private var mean = 0.0
  private var squaredSpread = 0.0

  package init() {}

  package mutating func add(truth: Double, prediction: Double) {
    let error = prediction - truth
    squaredErrors += error * error
    absoluteErrors += abs(error)
    count += 1
    let distance = truth - mean
    mean += distance / Double(count)
    squaredSpread += distance * (truth - mean)
  }

  /// NaN without a number.
  package var meanSquaredError: Double { squaredErrors / Double(count) }
  /// NaN without a number.
  package var meanAbsoluteError: Double { absoluteErrors / Double(count) }

  /// 1 − Σ (prediction − truth)² / Σ (truth − its mean)²: 1 is perfect, 0 no better than the mean;
  /// nil where the truth does not vary.
  package var rSquared: Double? {
    squaredSpread > 0 ? 1 - squaredErrors / squaredSpread : nil
  }

  package var json: JSONValue {
    .object([
      .init("count", .integer(count)), .init("mse", .number(meanSquaredError)),
      .init("mae", .number(meanAbsoluteError)),
      .init("r2", rSquared.map { .number($0) } ?? .null),
    ])
  }
}
