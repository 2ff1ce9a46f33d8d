import Corpora
import Testing

@Suite struct SentenceWordsTests {
  @Test(arguments: [
    ("Tom doesn't know.", "Tom doesn' t know ."),
    ("L'homme qu’il a vu, c'est Marie !", "L' homme qu’ il a vu , c' est Marie !"),
    ("Est-ce qu'il a vingt-et-un ans?", "Est- ce qu' il a vingt- et- un ans ?"),
    ("It costs $1,000.50 at 10:30.", "It costs $ 1,000.50 at 10:30 ."),
    ("\"Go!\" he said... (twice)", "\" Go ! \" he said . . . ( twice )"),
    ("the dogs' house - rock 'n' roll", "the dogs ' house - rock ' n ' roll"),
    ("Qui\u{A0}? \u{202F}Moi", "Qui ? Moi"),
    ("我们试试看！", "我们试试看 ！"),
    ("cafe\u{301} na\u{EF}ve x2", "cafe\u{301} na\u{EF}ve x2"),
    ("   ", ""), ("5.", "5 ."), ("a.b", "a . b"), ("-x-", "- x -"),
  ])
  func cutsSentences(sentence: String, words: String) {
    #expect(SentenceWords.words(of: sentence).joined(separator: " ") == words)
    #expect(SentenceWords.spaced(sentence) == words)
  }

  /// What is written in English as a rule comes back as it was.
  @Test(arguments: [
    "Tom doesn't know.", "It costs $1,000.50 at 10:30.", "\"Go!\" he said.",
    "He said, \"I'm twenty-one (almost).\"", "Is it you? No; it's me: Mary.", "100% sure!",
  ])
  func comesBack(sentence: String) {
    #expect(SentenceWords.sentence(of: SentenceWords.words(of: sentence)) == sentence)
  }

  /// Every character but white space comes back, in order.
  @Test(arguments: ["l' x'y' -a- --b 'c' ''", "1.2.3,4 :5: «x» …", "\"\"\" a\"b \" c"])
  func losesNothingButSpaces(sentence: String) {
    let back = SentenceWords.sentence(of: SentenceWords.words(of: sentence))
    #expect(back.filter { !$0.isWhitespace } == sentence.filter { !$0.isWhitespace })
  }

  /// Full stops and commas alone decide: French puts a blank before other marks, and abbreviations keep
  /// theirs.
  @Test(arguments: [
    (["one two .", "three , four"], true), (["one two.", "three , four ."], false),
    (["Où est la gare ?", "Il pleut !"], false), (["Où est-il ?", "Il pleut ."], true),
    (["12.5 + 3 = 15.5"], false), (["a b c", ""], false), (["... ., wait"], false),
    (Array(repeating: "he said .", count: 20) + ["Mr. X came"], true),
    (Array(repeating: "he said .", count: 19) + ["Mr. X came"], false),
  ])
  func standingApartIsSeen(texts: [String], isApart: Bool) {
    #expect(SentenceWords.standApart(in: texts) == isApart)
  }

  /// What is known of ASCII without asking is what Unicode says of it.
  @Test func everyCharacterOfASCII() throws {
    for value in UInt8(0)..<0x80 {
      let scalar = Unicode.Scalar(value)
      let isInner: Bool =
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .decimalNumber: true
        default: false
        }
      let expected =
        if isInner { ["a\(scalar)b"] } else if scalar.properties.isWhitespace {
          ["a", "b"]
        } else if scalar == "'" || scalar == "-" { ["a\(scalar)", "b"] } else {
          ["a", "\(scalar)", "b"]
        }
      #expect(SentenceWords.words(of: "a\(scalar)b") == expected, "\(value)")
      let isPoint = [".", ",", ":"].contains(scalar)
      #expect(SentenceWords.words(of: "1\(scalar)2").count == (isPoint ? 1 : expected.count))
    }
  }
}
