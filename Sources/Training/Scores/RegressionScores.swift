import Interchange

/// Mean squared error and R² of predicted numbers.
///
/// Sums in `Double`, in the order in which numbers are added. The spread of the truth is kept by
/// Welford's recurrence, so a large mean costs no digits.
/// Source: Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products" (1962).
public struct RegressionScores: Sendable, Equatable {
  public private(set) var count = 0
  private var squaredErrors = 0.0
  private var absoluteErrors = 0.0
  private var mean = 0.0
  private var squaredSpread = 0.0

  public init() {}

  public mutating func add(truth: Double, prediction: Double) {
    let error = prediction - truth
    squaredErrors += error * error
    absoluteErrors += abs(error)
    count += 1
    let distance = truth - mean
    mean += distance / Double(count)
    squaredSpread += distance * (truth - mean)
  }

  /// NaN without a number.
  public var meanSquaredError: Double { squaredErrors / Double(count) }
  /// NaN without a number.
  public var meanAbsoluteError: Double { absoluteErrors / Double(count) }

  /// 1 − Σ (prediction − truth)² / Σ (truth − its mean)²: 1 is perfect, 0 no better than the mean;
  /// nil where the truth does not vary.
  public var rSquared: Double? {
    squaredSpread > 0 ? 1 - squaredErrors / squaredSpread : nil
  }

  public var json: JSONValue {
    .object([
      .init("count", .integer(count)), .init("mse", .number(meanSquaredError)),
      .init("mae", .number(meanAbsoluteError)),
      .init("r2", rSquared.map { .number($0) } ?? .null),
    ])
  }
}
