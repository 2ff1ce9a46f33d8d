import Autodiff
import Testing

@Suite struct TokenIndexTests {
  @Test func findsTheTokensOfEveryIDInOrder() {
    let index = TokenIndex(idCount: 6)
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
