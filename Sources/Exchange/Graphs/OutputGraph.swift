import Autodiff
import Interchange
import Networks

extension NetworkGraph {
  /// Scores `[…, classes]` of features `[…, in]`; their softmax is the distribution.
  func logits(_ x: ONNXValue, _ form: OutputForm, tiedTo table: String?) -> ONNXValue {
    switch form {
    case .full, .sampled:
      return linear(x, "output", tiedTo: table)
    case .adaptive(let clusters):
      // Log-probabilities: those of a cluster's words are its own and theirs within it.
      let head = builder.logSoftmax(linear(x, "output.head"))
      let parts = builder.split(
        head, [clusters.shortlist] + clusters.ranges.map { _ in 1 }, axis: -1)
      let tails = clusters.ranges.indices.map { index in
        let scores = product(
          clusters.hasProjections ? product(x, "output.tail.\(index).0.weight") : x,
          "output.tail.\(index).1.weight")
        return builder.sum(builder.logSoftmax(scores), parts[index + 1])
      }
      let all = builder.concatenated([parts[0]] + tails, axis: -1)
      guard let ranks = clusters.ranks else { return all }
      let table = tensor("output.ranks") {
        ONNXTensor("output.ranks", shape: [ranks.count], ranks.map(Int.init))
      }
      return builder.gathered(all, table, axis: -1)
    case .hierarchical(let tree): return logProbabilities(x, tree)
    }
  }

  /// `[…, classes]`: the sum of the logarithms of all decisions on the way to a class.
  private func logProbabilities(_ x: ONNXValue, _ tree: HuffmanTree) -> ONNXValue {
    let scores = linear(x, "output.node")
    let right = builder.node("Neg", builder.node("Softplus", builder.node("Neg", scores)))
    let left = builder.node("Neg", builder.node("Softplus", scores))
    let never = builder.slice(
      builder.product(scores, builder.number(0)), 0..<1, axis: -1)
    let all = builder.concatenated([right, left, never], axis: -1)
    // Of each class, its decisions among these; the shorter ways end in nothing.
    let ways = (0..<tree.classes).map { id in
      var way: [Int] = []
      tree.forEachDecision(to: id) { node, isRight in
        way.append(Int(node) + (isRight ? 0 : tree.nodeCount))
      }
      return way
    }
    let longest = ways.map(\.count).max() ?? 0
    let places = ways.flatMap {
      $0 + [Int](repeating: 2 * tree.nodeCount, count: longest - $0.count)
    }
    let table = tensor("output.ways") {
      ONNXTensor("output.ways", shape: [ways.count, longest], places)
    }
    return builder.summed(builder.gathered(all, table, axis: -1), axis: -1)
  }
}
