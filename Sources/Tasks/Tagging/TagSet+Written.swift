import Autodiff
import Foundation

/// How probable is what files show of tags: where single tags are chosen one by one, several of the model's break
/// the scheme and are written as one that does not.
extension TagSet {
  /// A sequence as files write it.
  struct WrittenPath {
    let tags: [String]
    /// The most probable of the model's that are written so.
    let ids: [Int32]
    /// ln p of all of them together.
    var logProbability: Double
  }

  /// Sequences of the model, the best first, as files write them: what is written alike is one.
  func written(_ paths: [ScoredPath]) -> [WrittenPath] {
    var places: [[String]: Int] = [:]
    var merged: [WrittenPath] = []
    for path in paths {
      let tags = written(path.tags)
      if let place = places[tags] {
        let (a, b) = (merged[place].logProbability, path.logProbability)
        merged[place].logProbability = max(a, b) + log1p(exp(-abs(a - b)))
      } else {
        places[tags] = merged.count
        merged.append(WrittenPath(tags: tags, ids: path.tags, logProbability: path.logProbability))
      }
    }
    // Equal ones stay in the model's order.
    return merged.enumerated()
      .sorted { (-$0.element.logProbability, $0.offset) < (-$1.element.logProbability, $1.offset) }
      .map(\.element)
  }

  /// How probable each tag is that is shown: together, those of the model that would be written like it beside the
  /// others that were chosen.
  ///
  /// - Parameter marginals: of each of the model's tags, a row a word.
  func confidences(of ids: [Int32], _ marginals: [[Double]]) -> [Double] {
    let shown = written(ids)
    return marginals.enumerated().map { place, probabilities in
      guard learnt != nil, !isNameOnly else { return probabilities[Int(ids[place])] }
      var others = ids
      return probabilities.enumerated().reduce(0) { sum, tag in
        others[place] = Int32(tag.offset)
        let isAlike = others[place] == ids[place] || written(others)[place] == shown[place]
        return isAlike ? sum + tag.element : sum
      }
    }
  }
}
