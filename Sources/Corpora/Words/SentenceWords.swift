/// Sentences as words and punctuation marks, and back.
///
/// - Letters, digits and their marks stand together. An apostrophe or hyphen between two of them ends
///   a word and belongs to it: `l'homme` is `l'` `homme`, `doesn't` is `doesn'` `t`, `vingt-et-un` is
///   `vingt-` `et-` `un`. So what an apostrophe joins is found again, in any language.
/// - A full stop, comma or colon between two digits is part of the number: `1,000.50`, `10:30`.
/// - Every other character but white space is a word of its own.
///
/// Back: a word that ends with an inner apostrophe or hyphen touches the next one; closing marks touch
/// what is before them, opening ones what follows; quotation marks open and close in turn. Spaces
/// around other marks are not known any more.
package enum SentenceWords {
  /// The words of a sentence; none hold white space, none is empty.
  package static func words(of sentence: String) -> [String] {
    let scalars = sentence.unicodeScalars
    var words: [String] = []
    /// Where the word begins that is being read, and the scalar before this one.
    var (start, last): (String.Index?, Unicode.Scalar?)
    func finish(at end: String.Index) {
      if let first = start { words.append(String(sentence[first..<end])) }
      start = nil
    }
    var place = scalars.startIndex
    while place < scalars.endIndex {
      let scalar = scalars[place]
      let after = scalars.index(after: place)
      defer { (place, last) = (after, scalar) }
      if isInner(scalar) {
        start = start ?? place
        continue
      }
      let next = after < scalars.endIndex ? scalars[after] : nil
      if start != nil, let last, let next, isInner(next) {
        if isJoint(scalar) {
          finish(at: after)
          continue
        }
        if ".,:".unicodeScalars.contains(scalar), isDigit(last), isDigit(next) { continue }
      }
      finish(at: place)
      if !isWhiteSpace(scalar) { words.append(String(scalar)) }
    }
    finish(at: scalars.endIndex)
    return words
  }

  /// A sentence of `words`.
  package static func sentence(of words: some Sequence<String>) -> String {
    var sentence = ""
    var (touchesNext, isQuoted) = (true, false)
    for word in words {
      let isQuote = word == "\""
      let touchesLast = closing.contains(word) || isQuote && isQuoted
      if !touchesNext, !touchesLast { sentence += " " }
      sentence += word
      if isQuote { isQuoted.toggle() }
      touchesNext =
        opening.contains(word) || isQuote && isQuoted
        || word.unicodeScalars.count > 1 && (word.unicodeScalars.last.map(isJoint) ?? false)
    }
    return sentence
  }

  /// Whether words and marks stand apart in texts, as a tokenizer has left them: nearly every full stop
  /// and comma is a word by itself. A twentieth may end words, such as `Mr.`.
  package static func standApart(in texts: some Sequence<String>) -> Bool {
    var (apart, attached) = (0, 0)
    for text in texts {
      for word in text.utf8.split(whereSeparator: { $0 == 0x20 || $0 &- 9 < 5 }) {
        guard word.last == UInt8(ascii: ".") || word.last == UInt8(ascii: ",") else { continue }
        if word.count == 1 {
          apart += 1
        } else if String(Substring(word)).unicodeScalars.contains(where: isInner) {
          attached += 1
        }
      }
    }
    return apart > 0 && 20 * attached <= apart
  }

  private static let closing: Set<String> = [
    ".", ",", "!", "?", ";", ":", ")", "]", "}", "%", "…", "”", "’", "»", "。", "，", "！", "？",
  ]
  private static let opening: Set<String> = ["(", "[", "{", "“", "‘", "«", "¿", "¡", "$", "£"]

  private static func isJoint(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "'" || scalar == "\u{2019}" || scalar == "-"
  }

  // What Unicode knows of a scalar is slow to ask for; most are ASCII.

  private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || 9...13 ~= scalar.value : scalar.properties.isWhitespace
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? "0"..."9" ~= scalar : scalar.properties.numericType == .decimal
  }

  /// Whether a scalar stands inside words.
  private static func isInner(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return "a"..."z" ~= scalar || "A"..."Z" ~= scalar || isDigit(scalar) }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }
}
