import TestSupport
import Testing
import Unroll

@Suite struct EmbeddingTests {
  private let layout = SequenceLayout(lengths: [4, 2, 1])

  @Test(arguments: [0, 0.4])
  func gradients(dropout: Double) throws {
    let check = OperationCheck<Double>(layout)
    let table = check.parameter("table", 5, 3)
    let ids = check.integers([4, 0, 2, 2, 0, 4, 4])
    let index = TokenIndex(idCount: 5)
    try check.run {
      $0.probe(
        $0.tape.embedding(
          ids, table: table, index: index, plan: $0.plans[0], dropout: dropout))
    }
  }

  @Test func bags() throws {
    let check = OperationCheck<Double>(layout)
    let table = check.parameter("table", 5, 3)
    let bags = TokenBags(
      ids: check.integers([4, 0, 2, 2, 2, 0, 4]), tokens: check.integers([0, 0, 2, 2, 3, 5, 5]),
      starts: check.integers([0, 2, 2, 4, 5, 5, 7, 7]))
    let index = TokenIndex(idCount: 5)
    try check.run {
      $0.probe($0.tape.embeddingBag(bags, table: table, index: index, plan: $0.plans[0]))
    }
  }
}
