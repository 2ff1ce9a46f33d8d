/// Finite numbers between two bounds, each of which belongs to the range or not.
public struct NumberRange: Sendable, Equatable {
  public let lower: Double, upper: Double
  public let includesLower: Bool, includesUpper: Bool

  /// Above 0.
  public static let positive = Self(lower: 0, upper: .infinity, includesLower: false)
  /// 0 or above.
  public static let notNegative = Self(lower: 0, upper: .infinity)
  /// From 0 to below 1: a share that leaves something.
  public static let fraction = Self(lower: 0, upper: 1, includesUpper: false)
  /// Above 0, at most 1.
  public static let factor = Self(lower: 0, upper: 1, includesLower: false)

  /// Both bounds belong to the range.
  public init(_ range: ClosedRange<Double>) {
    self.init(lower: range.lowerBound, upper: range.upperBound)
  }

  public init(
    lower: Double, upper: Double, includesLower: Bool = true, includesUpper: Bool = true
  ) {
    precondition(lower <= upper, "a range from \(lower) to \(upper)")
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  /// False for NaN and the infinities, whatever the bounds.
  public func contains(_ value: Double) -> Bool {
    value.isFinite
      && (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }
}

extension NumberRange: CustomStringConvertible {
  public var description: String {
    func text(_ bound: Double) -> String {
      bound == bound.rounded() && abs(bound) < 1e9 ? String(Int(bound)) : String(bound)
    }
    let from = (includesLower ? "of at least " : "above ") + text(lower)
    let to = (includesUpper ? "at most " : "below ") + text(upper)
    switch (lower.isFinite, upper.isFinite) {
    case (true, true): return "\(from) and \(to)"
    case (true, false): return from
    case (false, true): return to
    case (false, false): return "that is finite"
    }
  }
}

extension ClosedRange<Int> {
  /// How many there are of something that may be missing.
  public static var count: Self { 0...Int(Int32.max) }
  /// How many there are of something that must be there.
  public static var positiveCount: Self { 1...Int(Int32.max) }
  /// Of a layer, an embedding and the like.
  public static var width: Self { 1...65536 }
}
