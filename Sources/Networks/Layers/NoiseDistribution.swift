import Compute

/// What classes are drawn from that a target is compared with.
package enum NoiseDistribution: Sendable, Equatable {
  /// `q(v) = ln((v + 2) / (v + 1)) / ln(classes + 1)`: nearly Zipf's law, for classes in order of falling
  /// frequency.
  case logUniform(classes: Int)
  case weighted(AliasTable)

  package var classes: Int {
    switch self {
    case .logUniform(let classes): classes
    case .weighted(let table): table.probabilities.count
    }
  }

  /// `q(v) ∝ (1 + count of v) ^ power`; with power 1 the unigram distribution, with 0 the uniform one.
  ///
  /// Source: Mikolov et al., "Distributed Representations of Words and Phrases" (2013), where 0.75 is best.
  package static func unigram(_ counts: [Int], power: Double) -> NoiseDistribution {
    .weighted(AliasTable(counts.map { Scalar.exp(power * Scalar.log(Double($0 + 1))) }))
  }

  package func probability(of id: Int) -> Double {
    switch self {
    case .logUniform(let classes):
      Scalar.log(1 + 1 / Double(id + 1)) / Scalar.log(Double(classes + 1))
    case .weighted(let table): table.probabilities[id]
    }
  }

  /// One draw from two random words.
  package func draw(_ first: UInt32, _ second: UInt32) -> Int {
    let u = Double(first) * 0x1p-32
    switch self {
    case .logUniform(let classes):
      return min(classes - 1, Int(Scalar.exp(u * Scalar.log(Double(classes + 1)))) - 1)
    case .weighted(let table): return table.draw(u, Double(second) * 0x1p-32)
    }
  }
}

/// Draws from any distribution in constant time. Source: Walker (1977), tables as Vose (1991) makes them.
package struct AliasTable: Sendable, Equatable {
  package let probabilities: [Double]
  /// How probable it is that the number itself is drawn at its place, and who else is.
  private var shares: [Double]
  private var others: [Int32]

  /// - Parameter weights: positive; their sum is any.
  package init(_ weights: [Double]) {
    let sum = weights.reduce(0, +)
    probabilities = weights.map { $0 / sum }
    shares = probabilities.map { $0 * Double(weights.count) }
    others = weights.indices.map { Int32($0) }
    var small = shares.indices.filter { shares[$0] < 1 }
    var large = shares.indices.filter { shares[$0] >= 1 }
    while let poor = small.popLast(), let rich = large.last {
      others[poor] = Int32(rich)
      shares[rich] -= 1 - shares[poor]
      if shares[rich] < 1 {
        large.removeLast()
        small.append(rich)
      }
    }
  }

  /// - Parameter u, v: uniform in [0, 1).
  func draw(_ u: Double, _ v: Double) -> Int {
    let place = min(shares.count - 1, Int(u * Double(shares.count)))
    return v < shares[place] ? place : Int(others[place])
  }
}
