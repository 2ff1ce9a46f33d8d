import Autodiff
import Compute
import Testing

@Suite struct HuffmanTreeTests {
  private static let random = RandomStream(seed: 2, purpose: .generator)
  static let counts: [[Int]] = [
    [3, 3], [0, 0, 0], [8, 4, 2, 1, 1], (0..<57).map { 1000 / ($0 + 1) },
    (0..<100).map { Int(random.word(row: 0, index: $0) % 1000) }, [.max, .max, 1],
  ]

  private func lengths(_ tree: HuffmanTree) -> [Int] {
    (0..<tree.classes).map { id in
      var length = 0
      tree.forEachDecision(to: id) { _, _ in length += 1 }
      return length
    }
  }

  /// No code is shorter: the sum is that of all that is merged when the two least are, again and again.
  @Test(arguments: counts.dropLast())
  func decisionsAreFewest(counts: [Int]) {
    let tree = HuffmanTree(counts: counts)
    var (rest, sum) = (counts.sorted(), 0)
    while rest.count > 1 {
      let merged = rest[0] + rest[1]
      sum += merged
      rest = (rest.dropFirst(2) + [merged]).sorted()
    }
    #expect(zip(counts, lengths(tree)).reduce(0) { $0 + $1.0 * $1.1 } == sum)
  }

  /// Of a tree of eight decisions each way stays among sixteen neighbours for four of them.
  @Test func smallSubtreesAreNeighbours() {
    let tree = HuffmanTree(counts: [Int](repeating: 1, count: 256))
    let numbers = tree.neighbourly
    #expect(numbers.sorted() == (0..<255).map { Int32($0) })
    for id in 0..<256 {
      var (first, cuts) = (Int32?.none, 0)
      tree.forEachDecision(to: id) { node, _ in
        let number = numbers[Int(node)]
        if let first, abs(number - first) < 16 { return }
        (first, cuts) = (number, cuts + 1)
      }
      #expect(cuts <= 3)
    }
    for counts in Self.counts {
      let tree = HuffmanTree(counts: counts)
      #expect(tree.neighbourly.sorted() == (0..<tree.nodeCount).map { Int32($0) })
    }
  }

  /// Ways meet in the root, tell all classes apart, and lead left to what stands left.
  @Test(arguments: counts)
  func waysAreThoseOfATree(counts: [Int]) {
    let tree = HuffmanTree(counts: counts)
    #expect(tree.nodeCount == counts.count - 1)
    let share = lengths(tree).reduce(0.0) { $0 + Scalar.exp(-Scalar.log(2.0) * Double($1)) }
    #expect(abs(share - 1) < 1e-9)
    var ways: Set<[Int]> = []
    var roots: Set<Int32> = []
    for id in counts.indices {
      var way: [Int] = []
      var last: Int32 = -1
      tree.forEachDecision(to: id) { node, isRight in
        way.append(2 * Int(node) + (isRight ? 1 : 0))
        last = node
      }
      ways.insert(way)
      roots.insert(last)
    }
    #expect(ways.count == counts.count && roots.count == 1)
    #expect(Set(tree.spans.map { [$0.first, $0.last] }).count == tree.nodeCount)
  }
}
