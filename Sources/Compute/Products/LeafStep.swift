/// What is packed at once: all rows of the leaves below a node, or a block of those of one.
struct LeafStep<S: MatrixElement> {
  struct Part {
    let leaf: Int
    let start: Int
    let count: Int
    /// Of its first row among those that are packed.
    let place: Int
  }

  /// Where sums lie in memory: 0 is dW.
  typealias Place = Int

  let node: LeafTree
  let parts: [Part]
  let depth: Int
  let target: Place
  let onto: ProductTarget
  /// Whether the node's sum is then complete.
  let isLast: Bool
  /// Sums that are complete with it, and what they are added to.
  let sums: [(from: Place, to: Place)]

  static func steps(
    of leaves: [OuterProduct<S>.Leaf?], in tree: LeafTree, depthLimit: Int
  ) -> [LeafStep] {
    var steps: [LeafStep] = []
    func parts(_ node: LeafTree) -> [Part] {
      node.leaves.reduce(into: []) { parts, leaf in
        let place = parts.last.map { $0.place + ($0.count + 1) & ~1 } ?? 0
        let count = leaves[leaf]?.gradients.rowCount ?? 0
        parts.append(Part(leaf: leaf, start: 0, count: count, place: place))
      }
    }
    func isShort(_ node: LeafTree) -> Bool {
      node.leaves.reduce(0) { $0 + (leaves[$1]?.depth ?? 0) } <= depthLimit
    }
    func form(
      _ node: LeafTree, _ target: Place, _ onto: ProductTarget, waiting: Place,
      _ sums: [(from: Place, to: Place)]
    ) {
      if isShort(node) {
        let parts = parts(node)
        steps.append(
          LeafStep(
            node: node, parts: parts, depth: parts.reduce(0) { $0 + ($1.count + 1) & ~1 },
            target: target, onto: onto, isLast: true, sums: sums))
        return
      }
      guard onto == .replaced else {
        return form(node, waiting, .replaced, waiting: waiting + 1, [(waiting, target)] + sums)
      }
      switch node {
      case .sum(let left, let right):
        form(left, target, .replaced, waiting: waiting, [])
        form(right, target, .added, waiting: waiting, sums)
      case .leaf(let leaf):
        let count = leaves[leaf]?.gradients.rowCount ?? 0
        let block = OuterProduct<S>.depthBlock(count)
        for start in stride(from: 0, to: count, by: block) {
          let rows = min(block, count - start)
          let isLast = start + rows == count
          steps.append(
            LeafStep(
              node: node, parts: [Part(leaf: leaf, start: start, count: rows, place: 0)],
              depth: (rows + 1) & ~1, target: target, onto: start > 0 ? .continued : .replaced,
              isLast: isLast, sums: isLast ? sums : []))
        }
      }
    }
    form(tree, 0, .replaced, waiting: 1, [])
    return steps
  }
}
