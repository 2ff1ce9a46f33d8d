import Compute
import Parallel

/// Reads the tags of single sequences from their scores, with the transitions as they are when it is
/// made: the best path, and how probable each tag is.
///
/// A constant: any number of threads may decode with one.
package struct ChainDecoder<S: MatrixElement>: Sendable {
  package let tagCount: Int
  package let start: [S]
  package let end: [S]
  /// `[tags · tags]`, from the row's tag to the column's; -∞ where it is forbidden.
  package let transitions: [S]

  /// - Parameter constraints: nil allows every sequence of tags.
  package init(_ scores: TransitionScores<S>, constraints: TransitionConstraints? = nil) {
    tagCount = scores.tagCount
    func allowed(_ scores: [S], _ isAllowed: [Bool]?) -> [S] {
      precondition(isAllowed == nil || isAllowed?.count == scores.count, "another set of tags")
      guard let isAllowed else { return scores }
      return zip(scores, isAllowed).map { $1 ? $0 : -.infinity }
    }
    start = allowed(scores.start.values, constraints?.start)
    end = allowed(scores.end.values, constraints?.end)
    transitions = allowed(scores.transitions.values, constraints?.transitions)
  }

  /// The mean of the transitions of several models; nil if there are none.
  package init?(meanOf decoders: [ChainDecoder]) {
    guard let first = decoders.first else { return nil }
    func mean(_ scores: (ChainDecoder) -> [S]) -> [S] {
      let all = decoders.map(scores)
      guard all.count > 1 else { return all[0] }
      return all[0].indices.map { place in
        S(all.reduce(0.0) { $0 + Double($1[place]) } / Double(all.count))
      }
    }
    tagCount = first.tagCount
    (start, end, transitions) = (mean(\.start), mean(\.end), mean(\.transitions))
  }

  /// The sequence of tags with the highest score, by Viterbi's algorithm (1967); of equal ones the
  /// one whose last differing tag is lower. Nil if every sequence is forbidden.
  ///
  /// - emissions `[tokens of layout, tags]`
  ///
  /// Cost: length · tags² additions and comparisons.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func bestPath(_ emissions: Matrix<S>, _ layout: SequenceLayout, row: Int)
    -> (tags: [Int32], score: S)?
  {
    let (tags, length) = (tagCount, layout.lengths[row])
    var score = [S](repeating: 0, count: tags)
    var best = score
    // The tag before the best path to each tag, for every step but the first.
    var before = [Int32](repeating: 0, count: length * tags)
    for tag in 0..<tags { score[tag] = start[tag] + emissions[row, tag] }
    for step in 1..<max(length, 1) {
      let e = emissions.row(layout.offsets[step] + row)
      for tag in 0..<tags { best[tag] = -.infinity }
      for previous in 0..<tags {
        for tag in 0..<tags {
          let candidate = score[previous] + transitions[previous * tags + tag]
          if candidate > best[tag] {
            best[tag] = candidate
            before[step * tags + tag] = Int32(previous)
          }
        }
      }
      for tag in 0..<tags { score[tag] = best[tag] + e[tag] }
    }
    var last = 0
    for tag in 0..<tags where score[tag] + end[tag] > score[last] + end[last] { last = tag }
    let total = score[last] + end[last]
    guard total > -.infinity else { return nil }
    var path = [Int32](repeating: 0, count: length)
    for step in (0..<length).reversed() {
      path[step] = Int32(last)
      last = Int(before[step * tags + last])
    }
    return (path, total)
  }

  /// The log-probability of a sequence of tags, forbidden ones left out: -∞ if it is one. Nil if all are.
  ///
  /// - emissions `[tokens of layout, tags]`
  ///
  /// In Double, as `marginals`.
  package func logProbability(
    of path: some BidirectionalCollection<Int32>, _ emissions: Matrix<S>, _ layout: SequenceLayout,
    row: Int
  ) -> Double? {
    precondition(path.count == layout.lengths[row], "\(path.count) tags")
    guard let last = path.last, let all = forward(emissions, layout, row: row).last else {
      return 0
    }
    let total = logSumExp(count: tagCount) { all[$0] + Double(end[$0]) }
    guard total > -.infinity else { return nil }
    var (one, before) = (Double(end[Int(last)]), Int?.none)
    for (step, tag) in path.lazy.map({ Int($0) }).enumerated() {
      one += Double(emissions[layout.offsets[step] + row, tag])
      one += Double(before.map { transitions[$0 * tagCount + tag] } ?? start[tag])
      before = tag
    }
    return one - total
  }

  /// The logarithm of the sum over all ways to each tag at every step, what it gives there included: the
  /// forward variables of Rabiner 1989.
  private func forward(
    _ emissions: Matrix<S>, _ layout: SequenceLayout, row: Int
  ) -> [[Double]] {
    let length = layout.lengths[row]
    var alpha = [[Double]](repeating: start.map { Double($0) }, count: length)
    for step in 0..<length {
      for tag in 0..<tagCount {
        if step > 0 {
          alpha[step][tag] = logSumExp(count: tagCount) {
            alpha[step - 1][$0] + Double(transitions[$0 * tagCount + tag])
          }
        }
        alpha[step][tag] += Double(emissions[layout.offsets[step] + row, tag])
      }
    }
    return alpha
  }

  /// The probability of every tag at every step, `[length][tags]`, forbidden sequences left out. Nil
  /// if all are.
  ///
  /// - emissions `[tokens of layout, tags]`
  ///
  /// In Double and in log space throughout: for looking at single sequences.
  package func marginals(_ emissions: Matrix<S>, _ layout: SequenceLayout, row: Int)
    -> [[Double]]?
  {
    let (tags, length) = (tagCount, layout.lengths[row])
    func e(_ step: Int, _ tag: Int) -> Double {
      Double(emissions[layout.offsets[step] + row, tag])
    }
    func t(_ from: Int, _ to: Int) -> Double { Double(transitions[from * tags + to]) }
    let alpha = forward(emissions, layout, row: row)
    var beta = [[Double]](repeating: end.map { Double($0) }, count: length)
    for step in (0..<max(length - 1, 0)).reversed() {
      for tag in 0..<tags {
        beta[step][tag] = logSumExp(count: tags) {
          t(tag, $0) + e(step + 1, $0) + beta[step + 1][$0]
        }
      }
    }
    let total = logSumExp(count: tags) { alpha[0][$0] + beta[0][$0] }
    guard total > -.infinity else { return nil }
    return (0..<length).map { step in
      (0..<tags).map { Scalar.exp(alpha[step][$0] + beta[step][$0] - total) }
    }
  }
}
