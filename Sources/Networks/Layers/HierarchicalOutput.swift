import Autodiff
import Compute
import Parallel

/// An output layer that tells a class by decisions on its way down a `HuffmanTree`. Exactly normalised, in
/// learning and in reading; only nodes on the ways of a minibatch are stepped.
///
/// Names: `NAME.node.weight` `[nodes, in]` and `NAME.node.bias` `[nodes]`; those of `NGramFeatures`.
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
package final class HierarchicalOutput<S: MatrixElement>: @unchecked Sendable {
  package let tree: HuffmanTree
  let weight: Parameter<S>
  let bias: Parameter<S>
  /// Of nodes.
  let ngrams: NGramFeatures<S>?
  fileprivate let index: TokenIndex
  fileprivate var lists = WayLists()

  init(
    _ name: String, inputSize: Int, _ tree: HuffmanTree, ngrams: NGramForm? = nil,
    scheme: InitializationScheme, in store: ParameterStore<S>
  ) {
    self.tree = tree
    let initializers = scheme.linear(inputSize: inputSize)
    weight = store.add(
      "\(name).node.weight", shape: [tree.nodeCount, inputSize], role: .table,
      initializer: initializers.weight)
    bias = store.add(
      "\(name).node.bias", shape: [tree.nodeCount], role: .table, initializer: initializers.bias)
    index = TokenIndex(idCount: tree.nodeCount)
    self.ngrams = ngrams.map { NGramFeatures(name, $0, places: tree.neighbourly, in: store) }
  }

  /// Elements of the weights that a token meets in a balanced tree.
  var matrixElements: Int {
    (Int.bitWidth - (tree.classes - 1).leadingZeroBitCount) * weight.columns
  }
}

/// The memory of a minibatch's ways. Not generic: a closure of a generic layer costs 500 instructions a decision,
/// while nobody else works.
private struct WayLists {
  private var starts = GrowingIDs()
  private var nodes = GrowingIDs()
  private var sides = GrowingIDs()
  private var rows = GrowingIDs()

  /// The ways to targets; valid until the next call.
  mutating func ways(to targets: UnsafeBufferPointer<Int32>, in tree: HuffmanTree) -> TreeWays {
    starts.removeAll()
    nodes.removeAll()
    sides.removeAll()
    rows.removeAll()
    var count: Int32 = 0
    for (row, target) in targets.enumerated() {
      starts.append(count)
      guard target >= 0 else { continue }
      tree.forEachDecision(to: Int(target)) { node, isRight in
        nodes.append(node)
        sides.append(isRight ? 1 : 0)
        rows.append(Int32(row))
        count += 1
      }
    }
    starts.append(count)
    return TreeWays(
      starts: starts.elements, nodes: nodes.elements, sides: sides.elements, rows: rows.elements)
  }
}

extension Tape {
  /// Records output layer and loss, `-ln p(target)` of each token.
  func hierarchicalLoss(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ layer: HierarchicalOutput<S>,
    scale: Double
  ) -> TokenLoss<S> {
    TokenLoss(
      treeLoss(
        x, layer.lists.ways(to: targets, in: layer.tree), table: layer.weight, bias: layer.bias,
        index: layer.index, features: layer.ngrams?.features, scale: scale))
  }

  /// Records the log-probabilities `[rows, vocabulary]`.
  func logProbabilities(_ x: Variable<S>, _ layer: HierarchicalOutput<S>) -> Variable<S> {
    treeLogProbabilities(
      x, layer.tree, table: layer.weight, bias: layer.bias, features: layer.ngrams?.features)
  }
}
