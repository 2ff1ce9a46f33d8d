import Compute
import Runs
import Testing

@Suite struct LeavesTests {
  /// A rank asks the disk for its own examples only.
  @Test(arguments: [1, 2, 4, 8]) func ranksHaveTheExamplesOfTheirLeaves(ranks: Int) {
    let all = Array(100..<121)
    for rank in 0..<ranks {
      let leaves = Leaves(count: 8, rank: rank, of: ranks)
      let dealt = leaves.own.flatMap { Leaves.deal(all, to: $0, of: 8) }
      #expect(leaves.own(of: all) == dealt.sorted())
    }
  }

  /// Each example is in one leaf, leaves differ by one example at most, and the longest are shared out.
  @Test(arguments: [1, 2, 4, 8])
  func examplesAreDealt(count: Int) {
    let leaves = (0..<count).map { Leaves.deal(Array(0..<21), to: $0, of: count) }
    #expect(leaves.joined().sorted() == Array(0..<21))
    let sizes = leaves.map(\.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    #expect(Set(leaves.compactMap(\.first)) == Set(0..<count))
  }

  /// A sum waits at each level of the tree; what other processes send is kept beside it, in bf16 both ways.
  @Test func copiesAreCounted() {
    func copies(_ count: Int, of ranks: Int, _ sums: Precision = .f32) -> Int {
      Leaves(count: count, rank: ranks - 1, of: ranks, sums: sums).memoryCopies
    }
    #expect(copies(1, of: 1) == 0)
    #expect(copies(8, of: 1) == 3 && copies(8, of: 1, .bf16) == 3)
    #expect(copies(8, of: 2) == 3 && copies(8, of: 2, .bf16) == 4)
    #expect(copies(8, of: 8) == 1 && copies(8, of: 8, .bf16) == 2)
  }
}
