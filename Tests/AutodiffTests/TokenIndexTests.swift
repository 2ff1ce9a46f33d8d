import Autodiff
import Compute
import Testing

@Suite struct TokenIndexTests {
  /// Few ids are counted; of very many, only those of the tokens are looked at.
  @Test(arguments: [6, 7_000_000])
  func findsTheTokensOfEveryIDInOrder(idCount: Int) {
    let index = TokenIndex(idCount: idCount)
    let ids: [Int32] = [3, 0, 3, 5, 0, 3, 1]
    ids.withUnsafeBufferPointer { index.fill($0) }
    for id in 0..<6 {
      let expected = ids.indices.filter { ids[$0] == Int32(id) }.map { Int32($0) }
      #expect(Array(index.tokens(of: id)) == expected, "id \(id)")
    }
    #expect(Array(index.distinctIDs(in: 0..<6)) == [0, 1, 3, 5])
    #expect(Array(index.distinctIDs(in: 1..<5)) == [1, 3])
    #expect(index.distinctIDs(in: 2..<3).isEmpty)
  }

  /// Ids that differ in any of their bits, and tokens that carry several or none.
  @Test func manyIDsAreSorted() {
    let index = TokenIndex(idCount: 5_000_000)
    let random = RandomStream(seed: 5, purpose: .generator)
    for count in [300, 40, 500] {
      let ids = (0..<count).map {
        $0 % 9 == 4 ? -1 : Int32(random.word(row: count, index: $0 / 2) % 5_000_000)
      }
      let tokens = (0..<count).map { Int32($0 / 3) }
      ids.withUnsafeBufferPointer { ids in
        tokens.withUnsafeBufferPointer { index.fill(ids, of: $0) }
      }
      let expected = Dictionary(grouping: ids.indices.filter { ids[$0] >= 0 }) { ids[$0] }
      #expect(Array(index.distinctIDs(in: 0..<5_000_000)) == expected.keys.sorted())
      for (id, places) in expected {
        #expect(Array(index.tokens(of: Int(id))) == places.map { tokens[$0] })
        #expect(index.tokens(of: Int(id) ^ 1).isEmpty || expected[id ^ 1] != nil)
      }
      let middle = index.distinctIDs(in: 1_000_000..<4_000_000)
      #expect(
        Array(middle) == expected.keys.filter { (1_000_000..<4_000_000).contains($0) }.sorted())
    }
  }

  /// A shorter minibatch after a longer one finds nothing of the longer one.
  @Test func canBeFilledAgain() {
    let index = TokenIndex(idCount: 4)
    [Int32](arrayLiteral: 0, 1, 2, 3, 3).withUnsafeBufferPointer { index.fill($0) }
    [Int32](arrayLiteral: 2, 2).withUnsafeBufferPointer { index.fill($0) }
    #expect(Array(index.tokens(of: 2)) == [0, 1])
    #expect(Array(index.distinctIDs(in: 0..<4)) == [2])
  }

  @Test func growsAndLeavesOutWhatHasNoID() {
    let index = TokenIndex()
    [Int32](arrayLiteral: 2, -1, 0, 2, -1).withUnsafeBufferPointer { index.fill($0, idCount: 3) }
    #expect((0..<3).map { Array(index.tokens(of: $0)) } == [[2], [], [0, 3]])
    [Int32](arrayLiteral: 4, -1).withUnsafeBufferPointer { index.fill($0, idCount: 5) }
    #expect((0..<5).map { Array(index.tokens(of: $0)) } == [[], [], [], [], [0]])
  }
}
