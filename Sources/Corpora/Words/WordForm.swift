/// What is done to a word before it is looked up, so that rare spellings share what is learnt.
package struct WordForm: Sendable, Equatable {
  /// `London` and `london` become one word. Unicode's mapping, whatever the locale.
  package var isLowercased: Bool
  /// Every digit becomes 0: `1987` and `2003` both `0000`, `3.5` is `0.0`.
  /// Source: Lample et al., "Neural Architectures for Named Entity Recognition" (2016).
  package var hidesDigits: Bool

  package init(isLowercased: Bool = false, hidesDigits: Bool = false) {
    self.isLowercased = isLowercased
    self.hidesDigits = hidesDigits
  }

  /// The word as it is looked up.
  package func apply(_ word: String) -> String {
    var word = isLowercased ? word.lowercased() : word
    if hidesDigits, word.utf8.contains(where: { $0 &- 0x30 < 10 }) {
      word = String(
        decoding: word.utf8.map { $0 &- 0x30 < 10 ? UInt8(ascii: "0") : $0 }, as: UTF8.self)
    }
    return word
  }

  /// What lower case and hidden digits lose: capitals X, small letters x, digits d, all else as it
  /// is, each run once. `McDonald's` is `XxXx'x`, `A-320` is `X-d`, `U.S.` is `X.X.`.
  /// Source: Collins, "Ranking Algorithms for Named-Entity Extraction" (2002).
  package static func shape(of word: String) -> String {
    var shape = String.UnicodeScalarView()
    for scalar in word.unicodeScalars {
      let kind: Unicode.Scalar =
        if scalar.properties.isUppercase { "X" } else if scalar.properties.isLowercase {
          "x"
        } else if scalar.properties.numericType == .decimal { "d" } else { scalar }
      if kind != shape.last { shape.append(kind) }
    }
    return String(shape)
  }
}
