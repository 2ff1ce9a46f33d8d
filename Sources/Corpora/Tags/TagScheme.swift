/// How spans are written as one tag a token: a letter for the token's place in its span, then a hyphen
/// and the span's type where spans have types.
///
/// | scheme | first | inner | last | alone | none |
/// |---|---|---|---|---|---|
/// | `iob1` | I; B only where a span touches a previous one of the same type | I | I | as first | O |
/// | `iob2` | B | I | I | B | O |
/// | `iobes` | B | I | E | S | O |
/// | `bilou` | B | I | L | U | O |
/// | `bmes` | B | M | E | S | – |
/// | `bmeso` | B | M | E | S | O |
/// | `bmewo` | B | M | E | W | O |
package enum TagScheme: String, Sendable, CaseIterable {
  case iob1
  case iob2
  case iobes
  case bilou
  /// Every token belongs to a span: words of characters, for one.
  case bmes
  case bmeso
  case bmewo

  /// The same places, in the letters of IOB1, IOB2 or IOBES.
  var family: TagScheme {
    switch self {
    case .iob1, .iob2: self
    case .iobes, .bilou, .bmes, .bmeso, .bmewo: .iobes
    }
  }

  /// Letters for inner tokens, the last one and a lone one.
  private var letters: (inner: String, last: String, alone: String) {
    switch self {
    case .iob1, .iob2: ("I", "I", "B")
    case .iobes: ("I", "E", "S")
    case .bilou: ("I", "L", "U")
    case .bmes, .bmeso: ("M", "E", "S")
    case .bmewo: ("M", "E", "W")
    }
  }

  /// All letters that its tags begin with.
  var positions: Set<Substring> {
    let (inner, last, alone) = letters
    return Set((["B", inner, last, alone] + (self == .bmes ? [] : ["O"])).map { $0[...] })
  }

  /// The tags of a sentence of `count` tokens that holds `spans`, which are ordered and apart.
  package func tags(_ spans: [TagSpan], count: Int) -> [String] {
    let (inner, last, alone) = letters
    var tags = [String](repeating: "O", count: count)
    var previous: TagSpan?
    for span in spans {
      for index in span.tokens {
        let isFirst = index == span.tokens.lowerBound
        let isLast = index == span.tokens.upperBound - 1
        let position =
          switch family {
          case .iob1:
            isFirst && previous?.tokens.upperBound == index && previous?.type == span.type
              ? "B" : "I"
          case .iob2: isFirst ? "B" : "I"
          default: isFirst ? (isLast ? alone : "B") : (isLast ? last : inner)
          }
        tags[index] = span.type.isEmpty ? position : "\(position)-\(span.type)"
      }
      previous = span
    }
    return tags
  }
}
