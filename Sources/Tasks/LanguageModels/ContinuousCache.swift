import Compute
import Parallel

/// The last states of a model with the tokens that followed them: a token is likely again where it followed
/// a state like the present one.
///
///     p(w) = (1 - λ) p_model(w) + λ Σ e^(θ h · h_i) [w_i = w] / Σ e^(θ h · h_i)
///
/// over the last `size` states h_i and the tokens w_i after them. Source: Grave, Joulin & Usunier, "Improving
/// Neural Language Models with a Continuous Cache" (2017).
///
/// Cost of a token: a dot product with each state.
final class ContinuousCache {
  private let size: Int
  private let theta: Float
  private let lambda: Double
  private let team: WorkerTeam
  /// The state before token `n` of the text stands at `n % states.rows`.
  private let remembered: OwnedMatrix<Float>
  private var states: Matrix<Float> { remembered.matrix }
  private var tokens: [Int32]
  /// States that have been remembered so far.
  private var count = 0

  /// - Parameter atOnce: tokens that are mixed at a time, at the most.
  init(size: Int, theta: Double, lambda: Double, width: Int, atOnce: Int, team: WorkerTeam) {
    self.size = size
    self.theta = Float(theta)
    self.lambda = lambda
    self.team = team
    remembered = OwnedMatrix(rows: size + atOnce, columns: width)
    tokens = Array(repeating: 0, count: size + atOnce)
  }

  /// Probabilities of the next tokens of a text in nats, mixed with those of the cache; then it remembers
  /// them.
  ///
  /// - Parameters:
  ///   - nats: by the model.
  ///   - hidden: a state before each.
  func mix(_ nats: [Float], _ hidden: Matrix<Float>, targets: UnsafePointer<Int32>) -> [Double] {
    for index in nats.indices {
      let place = (count + index) % states.rows
      states.row(place).update(from: hidden.row(index), count: states.columns)
      tokens[place] = targets[index]
    }
    let mixed = AlignedBuffer<Double>(count: nats.count)
    // Each worker writes the results of its own tokens.
    nonisolated(unsafe) let (cache, results) = (self, mixed.base)
    team.run { worker in
      for index in worker.share(of: nats.count) {
        results[index] = cache.mixed(Double(nats[index]), at: cache.count + index)
      }
    }
    count += nats.count
    return Array(mixed.elements)
  }

  private func mixed(_ nats: Double, at token: Int) -> Double {
    let first = max(0, token - size)
    guard first < token else { return nats }
    let (target, state) = (tokens[token % states.rows], states.row(token % states.rows))
    // Sums of e^(score - largest), kept as the largest grows.
    var (largest, sum, hits) = (-Float.infinity, 0.0, 0.0)
    for earlier in first..<token {
      let place = earlier % states.rows
      let score = theta * Rows.dotProduct(state, states.row(place), count: states.columns)
      if score > largest {
        let factor = Scalar.exp(Double(largest - score))
        (largest, sum, hits) = (score, sum * factor, hits * factor)
      }
      let weight = Scalar.exp(Double(score - largest))
      sum += weight
      if tokens[place] == target { hits += weight }
    }
    return -Scalar.log((1 - lambda) * Scalar.exp(-nats) + lambda * hits / sum)
  }
}
