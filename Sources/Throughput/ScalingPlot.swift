import Compute
import Foundation
import Measures
import Networks

/// The curve of a scaling test as a picture: speed-up over threads, with the ideal line and the
/// speed-up of the machine's own peak.
package struct ScalingPlot {
  private let test: ScalingTest

  package init(_ test: ScalingTest) { self.test = test }

  package var svg: String {
    let points = test.points
    let speedups = points.map { max(test.speedup($0), test.peakSpeedup($0) ?? 0) }
    let limit = (speedups + points.map { Double($0.threads) }).max().map { $0.rounded(.up) } ?? 1
    let measured = LinePlot.Curve(
      name: "measured", style: .colour(0),
      points: points.map { (Double($0.threads), test.speedup($0)) },
      dots: { index in
        let (speedup, rate) = (test.speedup(points[index]), points[index].tokensPerSecond)
        return (
          String(format: "%.2f", speedup),
          String(format: "%ld threads: %.2f, %.2f tokens/s", points[index].threads, speedup, rate)
        )
      })
    let peak = LinePlot.Curve(
      name: "registers alone", style: .colour(1),
      points: points.compactMap { point in
        test.peakSpeedup(point).map { (Double(point.threads), $0) }
      })
    let ideal = LinePlot.Curve(name: "ideal", style: .ideal, points: [(0, 0), (limit, limit)])
    let shape = test.shape
    return LinePlot(
      title: "\(shape.name) \(shape.cell.name) \(test.precision.rawValue), "
        + "\(test.mode.rawValue) scaling",
      x: .counting("threads", to: limit), y: .counting("speed-up", to: limit),
      curves: [measured, peak, ideal]
    ).svg
  }
}
