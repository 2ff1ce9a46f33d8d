import Foundation

/// How targets are searched for.
package struct BeamSearchOptions: Sendable, Equatable {
  /// Hypotheses kept; 1 is greedy: at every step the most probable token.
  package var width: Int
  /// α: hypotheses of different lengths are compared by `ln p / lengthᵅ`, the stop symbol counted.
  /// 0 compares probabilities, 1 means a token.
  package var lengthPenalty: Double
  /// Hypotheses returned, at most `width`.
  package var count: Int
  /// Whether the weights of attention are returned too.
  package var keepsWeights: Bool

  package init(
    width: Int = 1, lengthPenalty: Double = 1, count: Int = 1, keepsWeights: Bool = false
  ) {
    precondition(width > 0 && count > 0 && count <= width)
    self.width = width
    self.lengthPenalty = lengthPenalty
    self.count = count
    self.keepsWeights = keepsWeights
  }
}

/// A target that was found for a source.
package struct FoundTarget: Sendable, Equatable {
  /// Without the stop symbol.
  package let tokens: [Int32]
  /// Whether it ends with the stop symbol; false if it was cut at the greatest length.
  package let isComplete: Bool
  /// ln p, that of the stop symbol included.
  package let logProbability: Double
  /// What hypotheses are compared by.
  package let score: Double
  /// For each token, then the stop symbol, the weight of every token of the source. Empty if they were
  /// not asked for or there is no attention.
  package let weights: [[Float]]
}

/// The hypotheses of one source.
///
/// At every step all continuations of all live hypotheses are ranked by their probability; the best
/// ones take the places of the beam. One that ends with the stop symbol keeps its place for good and
/// goes on no more, so the search is over when all places are taken by complete ones. Equal
/// probabilities are ranked by hypothesis, then by token: the result is a function of the model alone.
/// A beam as wide as there are targets finds the best one for certain.
///
/// Source: Bahdanau, Cho & Bengio (2015), whose beam shrinks likewise.
struct BeamSearch {
  /// A continuation of a live hypothesis.
  struct Candidate {
    /// Of the live hypotheses.
    let parent: Int
    let token: Int32
    /// Of the token given all before it.
    let logProbability: Double
  }

  /// One token of a hypothesis, with what came before it.
  private struct Node {
    let parent: Int
    let token: Int32
    let weights: [Float]
  }

  private struct Hypothesis {
    /// -1 at the start.
    let node: Int
    let length: Int
    let logProbability: Double
  }

  let options: BeamSearchOptions
  let stop: Int32
  let longest: Int
  private var nodes: [Node] = []
  private var live = [Hypothesis(node: -1, length: 0, logProbability: 0)]
  private var complete: [Hypothesis] = []
  private var cut: [Hypothesis] = []

  /// - Parameter longest: tokens of a target at most, the stop symbol included.
  init(_ options: BeamSearchOptions, stop: Int32, longest: Int) {
    precondition(longest > 0)
    self.options = options
    self.stop = stop
    self.longest = longest
  }

  var liveCount: Int { live.count }
  /// Continuations of each live hypothesis that may matter.
  var candidateCount: Int { options.width - complete.count }

  /// Takes the next step.
  ///
  /// - Parameters:
  ///   - candidates: the `candidateCount` most probable of each live hypothesis, or all.
  ///   - weights: of a live hypothesis at this step.
  /// - Returns: for each hypothesis that is live now its last token and which one it continues.
  mutating func advance(
    _ candidates: [Candidate], weights: (Int) -> [Float]
  ) -> [(parent: Int, token: Int32)] {
    func total(_ candidate: Candidate) -> Double {
      live[candidate.parent].logProbability + candidate.logProbability
    }
    let ranked = candidates.sorted {
      (total($1), $0.parent, $0.token) < (total($0), $1.parent, $1.token)
    }
    var next: [Hypothesis] = []
    var moves: [(parent: Int, token: Int32)] = []
    for candidate in ranked.prefix(candidateCount) {
      let parent = live[candidate.parent]
      nodes.append(
        Node(
          parent: parent.node, token: candidate.token,
          weights: options.keepsWeights ? weights(candidate.parent) : []))
      let hypothesis = Hypothesis(
        node: nodes.count - 1, length: parent.length + 1, logProbability: total(candidate))
      if candidate.token == stop {
        complete.append(hypothesis)
      } else if hypothesis.length == longest {
        cut.append(hypothesis)
      } else {
        next.append(hypothesis)
        moves.append((candidate.parent, candidate.token))
      }
    }
    live = next
    return moves
  }

  /// The best targets, best first; ones that were cut only if none is complete.
  var results: [FoundTarget] {
    let isComplete = !complete.isEmpty
    return (isComplete ? complete : cut).enumerated().sorted {
      (score($1.element), $0.offset) < (score($0.element), $1.offset)
    }.prefix(options.count).map { found($0.element, isComplete: isComplete) }
  }

  private func score(_ hypothesis: Hypothesis) -> Double {
    hypothesis.logProbability / pow(Double(hypothesis.length), options.lengthPenalty)
  }

  private func found(_ hypothesis: Hypothesis, isComplete: Bool) -> FoundTarget {
    var path: [Node] = []
    var place = hypothesis.node
    while place >= 0 {
      path.append(nodes[place])
      place = nodes[place].parent
    }
    path.reverse()
    return FoundTarget(
      tokens: path.dropLast(isComplete ? 1 : 0).map(\.token), isComplete: isComplete,
      logProbability: hypothesis.logProbability, score: score(hypothesis),
      weights: path.contains { $0.weights.isEmpty } ? [] : path.map(\.weights))
  }
}
