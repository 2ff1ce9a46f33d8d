import Compute

/// A vocabulary in order of falling frequency, cut into a shortlist and clusters of rarer and rarer
/// tokens: what an adaptive softmax works with.
package struct VocabularyClusters: Sendable, Equatable {
  /// The first rank of each cluster, ascending. Those before the first are the shortlist.
  package let cutoffs: [Int]
  package let vocabularySize: Int
  /// How many times narrower a cluster is than the one before; 1: as wide as the shortlist, and without a
  /// projection.
  package let factor: Int
  /// The token of each rank; nil where tokens are in the order of their ranks.
  package private(set) var tokens: [Int32]?

  /// - Parameter cutoffs: at least one, ascending, between 1 and the last rank.
  package init(vocabularySize: Int, cutoffs: [Int], factor: Int = 4) {
    let ends = cutoffs + [vocabularySize]
    precondition(
      !cutoffs.isEmpty && cutoffs[0] > 0 && zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 },
      "cut-offs \(cutoffs) of \(vocabularySize) tokens")
    precondition(factor > 0)
    self.factor = factor
    self.cutoffs = cutoffs
    self.vocabularySize = vocabularySize
  }

  package var shortlist: Int { cutoffs[0] }
  /// The ranks of each cluster.
  package var ranges: [Range<Int>] { zip(cutoffs, cutoffs.dropFirst() + [vocabularySize]).map(..<) }

  /// Units that cluster `index` is told apart by: a fourth of those of the cluster before, or what `factor`
  /// says, as tokens that are seen seldom can be learnt with few. 4 is the factor of the paper.
  package func width(ofCluster index: Int, inputSize: Int) -> Int {
    Self.width(ofCluster: index, inputSize: inputSize, factor)
  }

  private static func width(ofCluster index: Int, inputSize: Int, _ factor: Int) -> Int {
    max(1, (0...index).reduce(inputSize) { width, _ in width / factor })
  }

  /// About how much of a text is in cluster `index`, as Zipf's law lets expect.
  package func expectedShare(ofCluster index: Int) -> Double {
    let range = ranges[index]
    return Scalar.log(Double(range.upperBound + 1) / Double(range.lowerBound + 1))
      / Scalar.log(Double(vocabularySize + 1))
  }

  package var hasProjections: Bool { factor > 1 }

  /// The same clusters of tokens that were seen so often; of equally frequent ones the first comes first.
  package func ranked(by counts: [Int]) -> VocabularyClusters {
    precondition(counts.count == vocabularySize, "\(counts.count) counts of \(vocabularySize)")
    var clusters = self
    clusters.tokens = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }.map(Int32.init)
    return clusters
  }

  /// The rank of each token; nil where it is the token itself.
  package var ranks: [Int32]? {
    tokens.map { tokens in
      var ranks = [Int32](repeating: 0, count: tokens.count)
      for (rank, token) in tokens.enumerated() { ranks[Int(token)] = Int32(rank) }
      return ranks
    }
  }
}

extension VocabularyClusters {
  /// The cut-offs of least expected cost, of up to three clusters, where quality allows: the shortlist
  /// makes at least 70 % of a text, and no cluster but the first has less than 8 units.
  ///
  /// The cost of a token is what it is multiplied with, head always and its cluster's weights as often
  /// as one of its words comes, and its share of the work of stepping all weights.
  ///
  /// - Parameter counts: of each token in a text, in the order of their ranks. Nil: frequencies are taken to
  ///   follow Zipf's law, `p(rank) ∝ 1 / rank`, so that the choice follows from the sizes alone and a model
  ///   finds it again when it is opened. Large vocabularies fall more steeply, and fare better with counts.
  package init(vocabularySize: Int, inputSize: Int, factor: Int = 4, counts: [Int]? = nil) {
    // The tokens of the ranks 1…k.
    var tokens = [0.0]
    tokens.reserveCapacity(vocabularySize + 1)
    for rank in 1...vocabularySize {
      tokens.append(tokens[rank - 1] + (counts.map { Double($0[rank - 1]) } ?? 1 / Double(rank)))
    }
    func share(_ range: Range<Int>) -> Double {
      (tokens[range.upperBound] - tokens[range.lowerBound]) / tokens[vocabularySize]
    }
    func cost(_ cutoffs: [Int]) -> Double {
      let clusters = VocabularyClusters(
        vocabularySize: vocabularySize, cutoffs: cutoffs, factor: factor)
      let head = Double(inputSize * (clusters.shortlist + cutoffs.count))
      return clusters.ranges.enumerated().reduce(head * (1 + Self.stepCost)) { sum, cluster in
        let width = clusters.width(ofCluster: cluster.offset, inputSize: inputSize)
        let projected = clusters.hasProjections ? inputSize : 0
        let weights = Double(width * (projected + cluster.element.count))
        return sum + weights * (share(cluster.element) + Self.stepCost)
      }
    }
    let smallest = (1..<vocabularySize).first { share(0..<$0) >= 0.7 } ?? vocabularySize - 1
    // Steps of √2, which is as fine as the cost is flat.
    let grid = (0...60).map { Int(Double(smallest) * exp2Half($0)) }.filter { $0 < vocabularySize }
    let mostClusters =
      (1..<3).first { Self.width(ofCluster: $0, inputSize: inputSize, factor) < 8 } ?? 3
    var best = (cost: Double.infinity, cutoffs: [smallest])
    func consider(_ cutoffs: [Int]) {
      if !cutoffs.isEmpty {
        let cost = cost(cutoffs)
        if cost < best.cost { best = (cost, cutoffs) }
      }
      if cutoffs.count < mostClusters {
        for next in grid where next > (cutoffs.last ?? 0) { consider(cutoffs + [next]) }
      }
    }
    consider([])
    self.init(vocabularySize: vocabularySize, cutoffs: best.cutoffs, factor: factor)
  }

  /// What stepping a weight costs, in multiplications of it with a token: an optimizer moves some 28
  /// bytes of memory a weight, once a minibatch of about 2,000 tokens.
  private static var stepCost: Double { 0.02 }
}

/// 2 to the power of `half / 2`.
private func exp2Half(_ half: Int) -> Double {
  Double(1 << (half / 2)) * (half.isMultiple(of: 2) ? 1 : 2.0.squareRoot())
}
