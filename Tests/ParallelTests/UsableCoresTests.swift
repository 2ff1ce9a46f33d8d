import Parallel
import Testing

@Suite struct UsableCoresTests {
  @Test(
    arguments: [
      ("0-3", 4), ("0-3,8", 5), ("7", 1), ("0-1,4-5,9\n", 5), (" 2-2 ", 1),
      ("", nil), ("3-1", nil), ("a", nil), ("0-", 1), ("0-3,x", nil),
    ] as [(String, Int?)])
  func processorListsAreCounted(list: String, count: Int?) {
    #expect(UsableCores.processors(in: list) == count)
  }

  @Test(
    arguments: [
      ("max 100000", nil), ("200000 100000", 2), ("150000 100000\n", 2), ("50000 100000", 1),
      ("-1 100000", nil), ("0 100000", nil), ("100000", nil), ("many 100000", nil),
    ] as [(String, Int?)])
  func quotasAreRoundedUp(text: String, count: Int?) {
    #expect(UsableCores.quota(version2: text) == count)
  }

  @Test func thereIsAtLeastOne() {
    #expect(UsableCores.count >= 1)
    #expect(UsableCores.count <= UsableCores.affinity)
  }
}
