import Compute
import Corpora
import Foundation
import Testing

/// Files in ARPA's format: what they say, what follows from backing off, and every way to be wrong.
@Suite struct NGramModelTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let text = """
    made by hand

    \\data\\
    ngram 1=5
    ngram  2 = 3
    ngram 3=1

    \\1-grams:
    -99\t<s>\t-0.5
    -0.7\ta\t-0.25
    -0.9 b -0.1
    -1.5\t<unk>
    -0.6\t</s>

    \\2-grams:
    -0.2\t<s> a\t-0.3
    -0.4\ta b\t-0.05
    -0.8\tb </s>

    \\3-grams:
    -0.15\t<s> a b

    \\end\\
    """

  private func model(_ text: String) throws -> NGramModel {
    try NGramModel(arpa: folder.file("model.arpa", text))
  }

  /// log₁₀ p of the last word after the others.
  private func score(_ model: NGramModel, _ words: String...) -> Double {
    let ids = words.map(model.id(of:))
    return model.logProbability(of: ids[ids.count - 1], after: ids.dropLast()[...]) / log(10)
  }

  @Test func shorterNGramsStandIn() throws {
    let model = try model(Self.text)
    #expect(model.order == 3)
    func expect(_ found: Double, _ expected: Double) {
      #expect(abs(found - expected) < 1e-6, "\(found), expected \(expected)")
    }
    expect(score(model, "a"), -0.7)
    expect(score(model, "<s>", "a"), -0.2)
    expect(score(model, "<s>", "a", "b"), -0.15)
    // (a b) is a history without a longer n-gram: its weight, then the bigram.
    expect(score(model, "a", "b", "</s>"), -0.05 - 0.8)
    // Nor is (b a) a history: b's weight is not asked for, a's is.
    expect(score(model, "b", "a", "a"), -0.25 - 0.7)
    expect(score(model, "b", "a"), -0.1 - 0.7)
    // Only the last two words matter.
    expect(score(model, "b", "<s>", "a", "b"), -0.15)
    // What is not there is <unk>, which weighs nothing as a history.
    expect(score(model, "a", "new"), -0.25 - 1.5)
    expect(score(model, "new", "a"), -0.7)
  }

  /// Without <unk> a new word is impossible, and known ones are as they were.
  @Test func unknownWordsMayBeImpossible() throws {
    let model = try model(
      Self.text.replacing("ngram 1=5", with: "ngram 1=4").replacing("-1.5\t<unk>\n", with: ""))
    #expect(score(model, "a", "new") == -.infinity)
    #expect(abs(score(model, "new", "a") + 0.7) < 1e-6)
  }

  @Test func marksMayBeInCapitals() throws {
    var text = Self.text
    for mark in ["<s>", "</s>", "<unk>"] { text = text.replacing(mark, with: mark.uppercased()) }
    let (small, large) = (try model(Self.text), try model(text))
    for words in [["<s>", "a"], ["b", "</s>"], ["a", "new"]] {
      #expect(score(large, words[0], words[1]) == score(small, words[0], words[1]))
    }
    // Where both are there, each is itself.
    let both = try model(
      Self.text.replacing("1=5", with: "1=6").replacing("-0.7\ta", with: "-0.1\t</S>\n-0.7\ta"))
    #expect(abs(score(both, "</s>") + 0.6) < 1e-6 && abs(score(both, "</S>") + 0.1) < 1e-6)
  }

  /// A probability of 1, and weights of any sign.
  @Test func logarithmsMayBeZeroAndWeightsPositive() throws {
    let model = try model(
      Self.text.replacing("-0.7\ta\t-0.25", with: "0\ta\t0.5").replacing("-1.5\t", with: "-inf\t"))
    #expect(score(model, "a") == 0 && abs(score(model, "a", "</s>") - (0.5 - 0.6)) < 1e-6)
  }

  /// A history that pruning has taken out stands in the tree without a probability.
  @Test func aHistoryMayBeMissing() throws {
    let model = try model(
      """
      \\data\\
      ngram 1=3
      ngram 2=0
      ngram 3=1
      \\1-grams:
      -1 a -0.5
      -0.5 b
      -0.3 c
      \\2-grams:
      \\3-grams:
      -0.1 a b c
      \\end\\
      """)
    #expect(abs(score(model, "a", "b", "c") + 0.1) < 1e-6)
    #expect(abs(score(model, "a", "b") + 1) < 1e-6)
  }

  @Test(arguments: [
    ("\\data\\", "\\date\\", "'\\data\\'"),
    ("ngram 1=5", "ngram 1=x", "line 4"),
    ("ngram 3=1", "ngram 4=1", "expected 'ngram 3=COUNT'"),
    ("-0.7\ta", "zero\ta", "line 10: found 'zero'"),
    ("-0.7\ta", "0.2\ta", "line 10: found '0.2', expected the logarithm of a probability"),
    ("-0.7\ta\t-0.25", "-0.7\ta\t-0.25\t1", "found 4 fields"),
    ("-0.4\ta b", "-0.4\ta q", "'q' is no 1-gram"),
    ("-0.9 b -0.1", "-0.9 a -0.1", "the word is there twice"),
    ("-0.4\ta b", "-0.4\t<s> a", "the n-gram is there twice"),
    ("ngram 1=5", "ngram 1=6", "found 5 1-grams, expected the 6"),
    ("\\2-grams:", "\\3-grams:", "expected '\\2-grams:'"),
    ("\\end\\", "", "ends before '\\end\\'"),
  ])
  func mistakesAreNamed(from: String, to: String, words: String) throws {
    let error = #expect(throws: UserError.self) {
      try model(Self.text.replacing(from, with: to))
    }
    #expect(error?.message.contains("model.arpa'") == true)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }
}
