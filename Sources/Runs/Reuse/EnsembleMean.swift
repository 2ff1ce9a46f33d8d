import Compute

/// Outputs of several models as one: the mean of what they stand for, written as such an output again.
package enum EnsembleMean {
  /// Logits of classes: the mean of the probabilities, as their logarithms.
  package static func ofClasses(_ logits: [[Float]]) -> [Float] {
    mean(logits.map(probabilities)).map { Float(Scalar.log(max($0, least))) }
  }

  /// Logits of independent labels, likewise.
  package static func ofLabels(_ logits: [[Float]]) -> [Float] {
    mean(logits.map { $0.map { Scalar.sigmoid(Double($0)) } }).map { p in
      Float(Scalar.log(max(p, least)) - Scalar.log(max(1 - p, least)))
    }
  }

  /// Numbers and scores: their mean.
  package static func ofNumbers(_ values: [[Float]]) -> [Float] {
    mean(values.map { $0.map(Double.init) }).map { Float($0) }
  }

  /// ln of the mean of what `logs` are the logarithms of.
  package static func ofLogarithms(_ logs: [Double]) -> Double {
    let largest = logs.max() ?? 0
    guard largest.isFinite else { return largest }
    let sum = logs.reduce(0) { $0 + Scalar.exp($1 - largest) }
    return largest + Scalar.log(sum / Double(logs.count))
  }

  /// Below it a probability is none: its logarithm stays finite.
  private static let least = Double.leastNormalMagnitude

  private static func probabilities(_ logits: [Float]) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { Scalar.exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private static func mean(_ lists: [[Double]]) -> [Double] {
    guard let first = lists.first else { return [] }
    return first.indices.map { place in
      lists.reduce(0) { $0 + $1[place] } / Double(lists.count)
    }
  }
}
