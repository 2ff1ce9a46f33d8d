import Compute

/// Finds the labels that are most probable over all their paths, not along the best path alone.
///
/// A prefix of labels keeps two probabilities, of its paths that end in blank and of those that end
/// in its last label: after a blank the same label counts again, without one it is merged. In every
/// frame each kept prefix stays as it is or grows by one label, and the `width` best are kept.
///
/// With a language model (shallow fusion) prefixes are ranked by
/// `ln p_ctc + weight · ln p_lm + bonus · labels`, and at the end by that with the end of the text.
///
/// Cost: `width · classes` sums a frame, and one step of the language model for each new prefix that
/// is kept. Source: Graves & Jaitly (2014) and Hannun et al., "First-Pass Large Vocabulary Continuous
/// Speech Recognition using Bi-Directional Recurrent DNNs" (2014).
package struct PrefixBeamSearch {
  package let width: Int
  package let blank: Int
  private let scorer: (any LabelScorer)?
  private let weight: Double
  private let bonus: Double

  /// - Parameters:
  ///   - width: prefixes kept in every frame.
  ///   - weight: of the scorer's log-probabilities.
  ///   - bonus: added for every label: language models prefer short texts.
  package init(
    width: Int, blank: Int = 0, scorer: (any LabelScorer)? = nil, weight: Double = 0,
    bonus: Double = 0
  ) {
    precondition(width > 0, "a beam of \(width)")
    self.width = width
    self.blank = blank
    self.scorer = scorer
    self.weight = scorer == nil ? 0 : weight
    self.bonus = bonus
  }

  package struct Hypothesis: Sendable, Equatable {
    package let labels: [Int]
    /// ln of the sum over all of its paths that stayed in the beam.
    package let logProbability: Double
    /// What it was ranked by.
    package let score: Double
  }

  /// How a prefix grows: all that do so from one node are one node.
  private struct Edge: Hashable { let parent, label: Int }

  /// A kept prefix. Its labels are those of the node and of the node's ancestors.
  private struct Prefix {
    var node: Int
    var endsInBlank: Double
    var endsInLabel: Double
    /// What the scorer and the bonus add.
    var extra: Double
    var scorerPrefix: Int
    var logProbability: Double { Scalar.logSum(endsInBlank, endsInLabel) }
  }

  /// A prefix of the next frame, before it is known whether it is kept.
  private struct Candidate {
    /// The prefix that it is or grows from, and the label it grows by.
    let origin: Int
    let label: Int?
    var endsInBlank = -Double.infinity
    var endsInLabel = -Double.infinity
    var extra: Double
    var score: Double { Scalar.logSum(endsInBlank, endsInLabel) + extra }
  }

  /// The hypotheses of the last beam, best first.
  package func decode(_ frames: CTCFrames) -> [Hypothesis] {
    var nodes = [Edge(parent: -1, label: -1)]
    // A prefix may leave the beam and come back while one that has grown from it is still there.
    var children: [Edge: Int] = [:]
    var beam = [
      Prefix(
        node: 0, endsInBlank: 0, endsInLabel: -.infinity, extra: 0,
        scorerPrefix: scorer?.begin() ?? 0)
    ]
    for frame in 0..<frames.count {
      let kept = best(candidates(of: beam, nodes, frames[frame]))
      var grown = kept.map { candidate in
        var prefix = beam[candidate.origin]
        (prefix.endsInBlank, prefix.endsInLabel) = (candidate.endsInBlank, candidate.endsInLabel)
        prefix.extra = candidate.extra
        if let label = candidate.label {
          let edge = Edge(parent: prefix.node, label: label)
          prefix.node = children[edge] ?? nodes.count
          if prefix.node == nodes.count {
            nodes.append(edge)
            children[edge] = prefix.node
          }
        }
        return prefix
      }
      if let scorer {
        let new = kept.indices.filter { kept[$0].label != nil }
        let prefixes = scorer.extend(
          new.map { (grown[$0].scorerPrefix, kept[$0].label ?? blank) })
        for (index, prefix) in zip(new, prefixes) { grown[index].scorerPrefix = prefix }
      }
      beam = grown
    }
    return beam.map { prefix in
      var (labels, node) = ([Int](), prefix.node)
      while nodes[node].parent >= 0 {
        labels.append(nodes[node].label)
        node = nodes[node].parent
      }
      let end =
        weight == 0 ? 0 : weight * (scorer?.endLogProbability(after: prefix.scorerPrefix) ?? 0)
      return Hypothesis(
        labels: labels.reversed(), logProbability: prefix.logProbability,
        score: prefix.logProbability + prefix.extra + end)
    }.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
      .map(\.element)
  }

  private func candidates(
    of beam: [Prefix], _ nodes: [Edge], _ y: ArraySlice<Double>
  ) -> [Candidate] {
    let first = y.startIndex
    // A prefix that grows may become one that is kept already: its probabilities are added there.
    var places: [Edge: Int] = [:]
    for (place, prefix) in beam.enumerated() where prefix.node > 0 {
      places[nodes[prefix.node]] = place
    }
    var candidates = beam.enumerated().map { place, prefix in
      var candidate = Candidate(origin: place, label: nil, extra: prefix.extra)
      candidate.endsInBlank = prefix.logProbability + y[first + blank]
      if prefix.node > 0 {
        candidate.endsInLabel = prefix.endsInLabel + y[first + nodes[prefix.node].label]
      }
      return candidate
    }
    for (origin, prefix) in beam.enumerated() {
      let guide = weight == 0 ? nil : scorer?.logProbabilities(after: prefix.scorerPrefix)
      for label in 0..<y.count where label != blank {
        let isRepeat = prefix.node > 0 && nodes[prefix.node].label == label
        let value = (isRepeat ? prefix.endsInBlank : prefix.logProbability) + y[first + label]
        guard value > -.infinity else { continue }
        if let place = places[Edge(parent: prefix.node, label: label)] {
          candidates[place].endsInLabel = Scalar.logSum(candidates[place].endsInLabel, value)
        } else {
          var candidate = Candidate(
            origin: origin, label: label,
            extra: prefix.extra + bonus + weight * (guide?[label] ?? 0))
          candidate.endsInLabel = value
          candidates.append(candidate)
        }
      }
    }
    return candidates
  }

  /// The `width` candidates of the highest scores; of equal ones the earlier.
  private func best(_ candidates: [Candidate]) -> [Candidate] {
    candidates.map { ($0, $0.score) }.enumerated()
      .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
      .prefix(width).map(\.element.0)
  }
}
