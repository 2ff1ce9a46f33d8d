import Autodiff
import Compute
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// The same training by several numbers of processes, one job after the other, beside what is predicted from
/// what each takes for itself and the speed of the network.
package struct RankScaling: Sendable {
  package let shape: ThroughputShape
  package let precision: Precision
  package let mode: ScalingTest.Mode
  package let updates: Int
  /// Of the minibatch that all numbers of processes share; each has one of its own in a weak test.
  package let leaves: Int
  /// What sums of gradients are rounded to.
  package let exchange: Precision
  /// Fewest processes first.
  package let points: [RankMeasurement]

  package init(
    _ shape: ThroughputShape, precision: Precision, mode: ScalingTest.Mode, updates: Int,
    leaves: Int, exchange: Precision = .f32, points: [RankMeasurement]
  ) {
    self.shape = shape
    self.precision = precision
    self.mode = mode
    self.updates = updates
    self.leaves = leaves
    self.exchange = exchange
    self.points = points.sorted { $0.ranks < $1.ranks }
  }

  /// How many times faster than one process; the fewest that were measured are taken as ideal.
  package func speedup(_ point: RankMeasurement) -> Double {
    point.tokensPerSecond / points[0].tokensPerSecond * Double(points[0].ranks)
  }

  package func efficiency(_ point: RankMeasurement) -> Double {
    speedup(point) / Double(point.ranks)
  }

  /// Seconds of an update by what each process takes for itself and the network's figures; nil for a shape whose
  /// exchange is not known beforehand.
  package func predictedSeconds(_ point: RankMeasurement) -> Double? {
    guard shape.isPredictable else { return nil }
    var prediction = RankPrediction(
      gradientSeconds: point.alone.gradients, productSeconds: point.alone.products,
      stepSeconds: point.alone.step, packingSeconds: point.alone.packing,
      gradients: ScalingTest.shape(shape, mode, threads: point.ranks).gradients(sentIn: exchange),
      latency: point.latency, bandwidth: point.bandwidth, adding: point.adding)
    prediction.beside = point.beside
    return prediction.seconds(ranks: point.ranks)
  }

  /// Whether all weights are the same bits: of all processes, and unless each has a minibatch of its own, of all
  /// numbers of them.
  package var weightsAreEqual: Bool {
    let each = points.map { Set($0.weights) }
    return each.allSatisfy { $0.count == 1 } && (mode == .weak || Set(each).count <= 1)
  }

  /// Speed-up over processes, measured and predicted.
  package var svg: String {
    let predictions: [(x: Double, y: Double)] = points.compactMap { point in
      predictedSeconds(point).map {
        (Double(point.ranks), speedup(point) * point.secondsPerUpdate / $0)
      }
    }
    let limit =
      (points.map { Double($0.ranks) } + points.map(speedup) + predictions.map(\.y)).max()
      .map { $0.rounded(.up) } ?? 1
    let measured = LinePlot.Curve(
      name: "measured", style: .colour(0), points: points.map { (Double($0.ranks), speedup($0)) },
      dots: { [points] index in
        (
          String(format: "%.2f", speedup(points[index])),
          String(
            format: "%ld processes: %.2f, %.2f tokens/s", points[index].ranks,
            speedup(points[index]), points[index].tokensPerSecond)
        )
      })
    return LinePlot(
      title: "\(shape.name) \(shape.cell.name) \(precision.rawValue), \(mode.rawValue) scaling "
        + "over processes",
      x: .counting("processes", to: limit), y: .counting("speed-up", to: limit),
      curves: [
        measured, LinePlot.Curve(name: "predicted", style: .colour(1), points: predictions),
        LinePlot.Curve(name: "ideal", style: .ideal, points: [(0, 0), (limit, limit)]),
      ]
    ).svg
  }
}

extension ThroughputShape {
  /// Whether `gradients(sentIn:)` holds: the embedding is the only table, and its rows are looked up evenly.
  package var isPredictable: Bool { output == .full && zipf == nil }

  /// What processes exchange in an update.
  package func gradients(sentIn exchange: Precision) -> RankPrediction.Gradients {
    let store = LanguageModel<Float>(model).parameters
    var found = RankPrediction.Gradients(
      denseBytes: 0, tokens: layout(0, seed: 1).tokenCount,
      sentShare: exchange == .bf16 ? 0.5 : 1, chunks: store.rankChunkCount)
    for parameter in store.parameters {
      let bytes = Double(MemoryLayout<Float>.stride * parameter.count)
      guard parameter.role == .table else {
        found.denseBytes += bytes
        let cells = parameter.layout.blocks * parameter.layout.groupCount
        found.normBytes += Double(MemoryLayout<Double>.stride * cells)
        continue
      }
      found.tableRows = parameter.count / parameter.columns
      found.bytesPerRow = bytes / Double(found.tableRows)
    }
    return found
  }
}
