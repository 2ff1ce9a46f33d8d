import Testing

/// Compares `analytic` with central differences of `loss` around `x`.
///
/// In Double, with step 1e-5, truncation and rounding leave about 1e-10 of the scale.
package func expectGradient(
  _ analytic: [Double], matches loss: ([Double]) -> Double, at x: [Double],
  step: Double = 1e-5, tolerance: Double = 2e-9,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try #require(analytic.count == x.count, sourceLocation: sourceLocation)
  var probe = x
  var worst = (error: 0.0, index: 0, numeric: 0.0)
  for i in x.indices {
    probe[i] = x[i] + step
    let up = loss(probe)
    probe[i] = x[i] - step
    let down = loss(probe)
    probe[i] = x[i]
    let numeric = (up - down) / (2 * step)
    let error = abs(numeric - analytic[i]) / max(1, abs(numeric), abs(analytic[i]))
    // Written so that NaN counts.
    if !(error <= worst.error) { worst = (error, i, numeric) }
  }
  #expect(
    worst.error <= tolerance,
    "element \(worst.index): analytic \(analytic[worst.index]), numeric \(worst.numeric)",
    sourceLocation: sourceLocation)
}
