import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct WordDivisionTests {
  @Test func punctuationIsDividedLineByLine() {
    let text = "\"No,\" she said.\n\nIt's 10:30, l'homme!\n"
    #expect(WordDivision.blank.divided(text) == text)
    #expect(
      WordDivision.punctuation.divided(text)
        == "\" No , \" she said .\n\nIt' s 10:30 , l' homme !\n"
    )
    #expect(WordDivision.punctuation.divided("a.\r\nb\r\n") == "a .\nb\n")
    // What is divided stays so.
    #expect(WordDivision.punctuation.divided("a , b .") == "a , b .")
  }

  /// A corpus divided while it is read is the corpus that was divided before, across blocks too.
  @Test func aDividedCorpusIsTheDividedText() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<20_000).map { "\u{201C}line\($0 % 7),\u{201D} he said (twice: \($0)).\r\n" }
    let text = lines.joined()
    let plain = try folder.file("a.txt", text)
    let divided = try folder.file(
      "b.txt", WordDivision.punctuation.divided(text.replacing("\r\n", with: "\n")))
    func corpus(_ url: URL, _ division: WordDivision) throws -> TokenizedCorpus {
      var recipe = TokenStoreBuilder.Recipe(.word)
      recipe.division = division
      return try CorpusTokenizer.tokenize(
        files: [url], recipe, cacheFolder: folder.cache, threads: 2)
    }
    let (a, b) = (try corpus(plain, .punctuation), try corpus(divided, .blank))
    #expect(a.vocabulary == b.vocabulary && a.tokens.count == b.tokens.count)
    #expect(try corpus(plain, .blank).vocabulary != a.vocabulary)
    #expect(try corpus(plain, .punctuation).isReused)
    let latin = try folder.file("c.txt", Array("a\nb ".utf8) + [0xE9, 0x0A])
    expectUserError(saying: "c.txt' line 2 is not UTF-8", "0xE9") {
      _ = try corpus(latin, .punctuation)
    }
  }
}
