/// Things per second, of late: an average in which each measurement weighs less the older it is.
///
/// As in tqdm: amounts and times are smoothed apart, each corrected for its start from zero, so
/// that a long pause weighs no more than its share.
package struct SmoothedRate: Sendable {
  private let factor: Double
  private var amount = 0.0
  private var seconds = 0.0

  /// - Parameter factor: weight of the newest measurement, above 0 and at most 1.
  package init(factor: Double = 0.3) {
    precondition(factor > 0 && factor <= 1, "a smoothing factor of \(factor)")
    self.factor = factor
  }

  package mutating func add(_ newAmount: Double, seconds newSeconds: Double) {
    // Both lack the same share while they start from zero, and it cancels in the quotient.
    amount += factor * (newAmount - amount)
    seconds += factor * (newSeconds - seconds)
  }

  /// Nil until some time has been measured.
  package var perSecond: Double? { seconds > 0 ? amount / seconds : nil }
}
