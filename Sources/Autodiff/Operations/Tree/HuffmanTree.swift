/// A binary tree over classes in which frequent ones are near the root: the mean number of decisions that
/// tell a class is the least there is. Huffman (1952).
///
/// Inner nodes are numbered as they stand between the leaves, so that the neighbourhood of the root, which
/// everybody passes, is not one run of numbers.
package struct HuffmanTree: Sendable, Equatable {
  /// From node `n`, below `nodeCount`, or class `c`, at `nodeCount + c`: twice the node above, and 1 more
  /// where the way up comes from the right; -1 at the root.
  @usableFromInline let up: [Int32]
  /// Below each node, left and right: a node, or `nodeCount` and a class.
  @usableFromInline let children: [(left: Int32, right: Int32)]
  /// All nodes, each behind the one above it.
  let downward: [Int32]

  package var classes: Int { children.count + 1 }
  @inlinable package var nodeCount: Int { children.count }

  /// - Parameter counts: of each class, two of them at least. The same counts give the same tree.
  package init(counts: [Int]) {
    precondition(counts.count > 1, "nothing to decide among \(counts.count) classes")
    let merged = Self.merged(counts)
    // Numbers by place: down the left, the node, down its right.
    let leaves = counts.count
    var number = [Int32](repeating: -1, count: merged.count)
    var (next, stack, place) = (0 as Int32, [Int](), merged.count - 1)
    while place >= 0 || !stack.isEmpty {
      while place >= 0 {
        stack.append(place)
        place = merged[place].left - leaves
      }
      let node = stack.removeLast()
      number[node] = next
      next += 1
      place = merged[node].right - leaves
    }
    func renamed(_ child: Int) -> Int32 {
      child < leaves ? Int32(merged.count + child) : number[child - leaves]
    }
    var children = [(left: Int32, right: Int32)](repeating: (0, 0), count: merged.count)
    var up = [Int32](repeating: -1, count: merged.count + leaves)
    for (place, pair) in merged.enumerated() {
      let (left, right) = (renamed(pair.left), renamed(pair.right))
      children[Int(number[place])] = (left, right)
      up[Int(left)] = 2 * number[place]
      up[Int(right)] = 2 * number[place] + 1
    }
    self.children = children
    self.up = up
    downward = number.reversed()
  }

  /// Two by two the rarest become one, of classes and of what has become of others; the last is the root.
  /// What came first goes first among equals.
  private static func merged(_ counts: [Int]) -> [(left: Int, right: Int)] {
    let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
    var merged: [(left: Int, right: Int)] = []
    var weights: [Int] = []
    merged.reserveCapacity(counts.count - 1)
    weights.reserveCapacity(counts.count - 1)
    // Both queues are ascending.
    var (leaf, node) = (0, 0)
    func takeRarest() -> (place: Int, weight: Int) {
      if leaf < order.count, node == weights.count || counts[order[leaf]] <= weights[node] {
        defer { leaf += 1 }
        return (order[leaf], counts[order[leaf]])
      }
      defer { node += 1 }
      return (counts.count + node, weights[node])
    }
    for _ in 1..<counts.count {
      let (left, right) = (takeRarest(), takeRarest())
      merged.append((left.place, right.place))
      let (sum, overflow) = left.weight.addingReportingOverflow(right.weight)
      weights.append(overflow ? .max : sum)
    }
    return merged
  }

  /// The decisions that lead to a class, from the last to the first.
  @inlinable @inline(__always) package func forEachDecision(
    to id: Int, _ body: (_ node: Int32, _ isRight: Bool) -> Void
  ) {
    var step = up[nodeCount + id]
    while step >= 0 {
      body(step >> 1, step & 1 == 1)
      step = up[Int(step >> 1)]
    }
  }

  /// The outermost classes below each node: they tell it from all other nodes.
  package var spans: [(first: Int, last: Int)] {
    var spans = [(first: Int, last: Int)](repeating: (0, 0), count: nodeCount)
    for node in downward.reversed() {
      let (left, right) = children[Int(node)]
      spans[Int(node)] = (
        Int(left) < nodeCount ? spans[Int(left)].first : Int(left) - nodeCount,
        Int(right) < nodeCount ? spans[Int(right)].last : Int(right) - nodeCount
      )
    }
    return spans
  }

  /// Another number for each node: those of a small subtree, which a way goes through one after the other, are
  /// neighbours.
  package var neighbourly: [Int32] {
    var numbers = [Int32](repeating: 0, count: nodeCount)
    var (roots, next) = ([downward[0]], 0 as Int32)
    while let root = roots.popLast() {
      var (members, place) = ([root], 0)
      while place < members.count {
        let node = Int(members[place])
        (numbers[node], next, place) = (next, next + 1, place + 1)
        for child in [children[node].left, children[node].right] where Int(child) < nodeCount {
          if members.count < Self.neighbours { members.append(child) } else { roots.append(child) }
        }
      }
    }
    return numbers
  }

  /// Numbers of four bytes in a cache line.
  private static var neighbours: Int { 16 }

  // Children and order follow from the ways up.
  package static func == (a: HuffmanTree, b: HuffmanTree) -> Bool { a.up == b.up }
}
