import Compute

/// How the next token is drawn from the model's probabilities.
public struct SamplingRule: Sendable, Equatable {
  /// Divides the logits: below 1 bolder, above 1 wilder; 0 takes the most probable token.
  public var temperature: Double
  /// Only the k most probable tokens; 0 is all.
  public var topK: Int
  /// Only the most probable tokens that together reach this probability; 1 is all.
  /// Holtzman et al. 2020.
  public var topP: Double

  public init(temperature: Double = 1, topK: Int = 0, topP: Double = 1) {
    precondition(temperature >= 0 && topK >= 0 && topP > 0 && topP <= 1)
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// The token that the uniform number `u` in [0, 1) falls on. Ties go to the lower id.
  ///
  /// Cost: one exponential a token; sorting only with `topK` or `topP`.
  package func draw<S: MatrixElement>(_ logits: UnsafeBufferPointer<S>, u: Double) -> Int {
    guard let base = logits.baseAddress, !logits.isEmpty else { preconditionFailure("no logits") }
    let best = Rows.indexOfLargest(base, count: logits.count)
    if temperature == 0 { return best }
    let maximum = Double(logits[best])
    func weight(_ index: Int) -> Double {
      Scalar.exp((Double(logits[index]) - maximum) / temperature)
    }
    guard topK > 0 || topP < 1 else {
      let total = logits.indices.reduce(0) { $0 + weight($1) }
      return Self.pick(logits.indices, weight, total: total, u: u) ?? best
    }
    var order = logits.indices.sorted {
      logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
    }
    if topK > 0 { order = Array(order.prefix(topK)) }
    var total = order.reduce(0) { $0 + weight($1) }
    if topP < 1 {
      var sum = 0.0
      let limit = topP * total
      let end = order.firstIndex { index in
        sum += weight(index)
        return sum >= limit
      }
      if let end { order = Array(order[...end]) }
      total = order.reduce(0) { $0 + weight($1) }
    }
    return Self.pick(order, weight, total: total, u: u) ?? best
  }

  private static func pick(
    _ order: some Collection<Int>, _ weight: (Int) -> Double, total: Double, u: Double
  ) -> Int? {
    var left = u * total
    var last: Int?
    for index in order {
      left -= weight(index)
      last = index
      if left < 0 { return index }
    }
    return last
  }
}
