import Compute
import Corpora
import Testing

@Suite struct FoldTests {
  @Test(arguments: [("1/2", Fold(0, of: 2)), ("2/5", Fold(1, of: 5)), ("7/7", Fold(6, of: 7))])
  func areCountedFromOne(text: String, fold: Fold) throws {
    #expect(try Fold(parsing: text) == fold)
  }

  @Test(arguments: ["", "2", "1/1", "0/3", "4/3", "-1/3", "1/-3", "1/0", "1/3/", "/3", "a/b"])
  func othersAreRefused(text: String) {
    let error = #expect(throws: UserError.self) { try Fold(parsing: text) }
    #expect(error?.message.hasPrefix("a fold of '\(text)'") == true)
  }
}
