import Autodiff
import Compute
import Foundation
import Interchange
import Parallel

/// How a loss reaches back through time: `‖∂L(t)/∂h(t−k)‖` for every lag k and layer.
///
/// L(t) is the loss at the last step of a sequence and nothing else. h(t−k) is a layer's output k
/// steps before, with everything that it changes until t; the cell state of an LSTM, where it has
/// one, is held, so what it carries past h is not in the norm of h but in that of later h.
///
/// Source: Bengio, Simard & Frasconi, "Learning Long-Term Dependencies with Gradient Descent is
/// Difficult" (1994); Pascanu, Mikolov & Bengio (2013).
package struct GradientFlow: Sendable, Equatable {
  /// For each layer and lag, from 0: the Euclidean norm of a sequence's gradient, its mean over the
  /// sequences that are that long.
  package let norms: [[Double]]
  package let sequenceCount: Int

  package init(norms: [[Double]], sequenceCount: Int) {
    self.norms = norms
    self.sequenceCount = sequenceCount
  }

  package var lagCount: Int { norms.first?.count ?? 0 }

  /// What becomes of a gradient on its way back.
  package enum Fate: String, Sendable {
    case vanishing
    case steady
    case exploding
  }

  /// Factors a step between these are steady: 50 steps of them change a norm by less than 13 times.
  package static let steadyFactors = 0.95...1.05

  /// What a step back multiplies the norm by, from a least-squares line through log norm over lag.
  /// Norms of zero, below what `Float` holds, are left out; 0 if no two are left.
  package func factor(layer: Int) -> Double {
    let points = norms[layer].enumerated().filter { $0.element > 0 && $0.element.isFinite }
      .map { (x: Double($0.offset), y: log($0.element)) }
    guard points.count > 1 else { return norms[layer].contains { !$0.isFinite } ? .infinity : 0 }
    let count = Double(points.count)
    let (meanX, meanY) = (
      points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count
    )
    let covariance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    let variance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    return exp(covariance / variance)
  }

  package func fate(layer: Int) -> Fate {
    let factor = factor(layer: layer)
    return factor < Self.steadyFactors.lowerBound
      ? .vanishing : factor > Self.steadyFactors.upperBound ? .exploding : .steady
  }

  /// A table over some of the lags, and a line of what it says for each layer.
  package var report: String {
    let layers = norms.indices
    var lines = [
      "‖∂L(t)/∂h(t−k)‖, mean over \(sequenceCount) sequences",
      "  lag k" + layers.map { Self.padded("layer \($0)", 13) }.joined(),
    ]
    for lag in Self.shownLags(lagCount) {
      lines.append(
        Self.padded("\(lag)", 7)
          + layers.map { Self.padded(String(format: "%.3e", norms[$0][lag]), 13) }.joined())
    }
    for layer in layers {
      lines.append(
        "layer \(layer): \(fate(layer: layer).rawValue), "
          + String(format: "a step back multiplies the norm by %.4f", factor(layer: layer)))
    }
    return lines.joined(separator: "\n")
  }

  /// The same for machines.
  package var json: [JSONValue.Member] {
    let layers = norms.indices.map { layer -> JSONValue in
      [
        "layer": .integer(layer), "fate": .string(fate(layer: layer).rawValue),
        "factor": .number(factor(layer: layer)), "norms": .numbers(norms[layer]),
      ]
    }
    return [.init("sequences", .integer(sequenceCount)), .init("layers", .array(layers))]
  }

  /// 0, 1, 2, 5, 10, 20, 50, … and the last.
  private static func shownLags(_ count: Int) -> [Int] {
    let round = (0...8).flatMap { power in [1, 2, 5].map { $0 * Int(pow(10, Double(power))) } }
    return [0] + round.filter { $0 < count - 1 } + (count > 1 ? [count - 1] : [])
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension GradientFlow {
  /// Sequences of a minibatch.
  package static let rowsAtOnce = 32

  /// Measures minibatch after minibatch.
  ///
  /// - Parameters:
  ///   - lags: the largest lag, if a sequence is that long.
  ///   - record: records minibatch `index` with the mean over rows of the loss of each one's last
  ///     step, and returns h of every layer; nil when there is none left.
  package static func measure(
    lags: Int, precision: Precision, team: WorkerTeam,
    record: (_ index: Int, Tape<Float>) -> [Variable<Float>]?
  ) -> GradientFlow {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    var sums: [[Double]] = []
    var counts = [Int](repeating: 0, count: lags + 1)
    var index = 0
    while true {
      tape.begin(training: true, noise: false)
      guard let layers = record(index, tape) else { break }
      team.run { worker in
        tape.forward(worker)
        tape.backward(worker)
      }
      if sums.isEmpty {
        sums = layers.map { _ in [Double](repeating: 0, count: lags + 1) }
      }
      let layout = layers[0].plan.layout
      for row in 0..<layout.rowCount {
        for lag in 0..<min(lags + 1, layout.lengths[row]) {
          let token = layout.offsets[layout.lengths[row] - 1 - lag] + row
          counts[lag] += 1
          for (layer, h) in layers.enumerated() {
            guard let gradient = h.gradient else { continue }
            // The mean over rows has divided each row's gradient by their number.
            sums[layer][lag] +=
              Double(layout.rowCount) * norm(gradient.row(token), count: gradient.columns)
          }
        }
      }
      index += 1
    }
    let reached = counts.prefix { $0 > 0 }.count
    return GradientFlow(
      norms: sums.map { sums in (0..<reached).map { sums[$0] / Double(counts[$0]) } },
      sequenceCount: counts[0])
  }

  /// In `Double`, so that the square of a small gradient is not lost.
  private static func norm(_ values: UnsafePointer<Float>, count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += Double(values[index]) * Double(values[index]) }
    return sum.squareRoot()
  }
}
