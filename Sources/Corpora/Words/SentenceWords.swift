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
    var sentence = sentence
    return sentence.withUTF8 { bytes in
      var words: [String] = []
      scan(bytes) { words.append(String(decoding: bytes[$0], as: UTF8.self)) }
      return words
    }
  }

  /// The same with a blank between them, as one text and not a string a word: what a corpus is read as.
  package static func spaced(_ sentence: String) -> String {
    var sentence = sentence
    return sentence.withUTF8 { bytes in
      String(unsafeUninitializedCapacity: 2 * bytes.count) { spaced in
        var count = 0
        scan(bytes) { word in
          if count > 0 {
            spaced[count] = 0x20
            count += 1
          }
          for place in word {
            spaced[count] = bytes[place]
            count += 1
          }
        }
        return count
      }
    }
  }

  /// Calls `word` with the bytes of each word, in their order.
  private static func scan(_ bytes: UnsafeBufferPointer<UInt8>, word: (Range<Int>) -> Void) {
    guard let base = bytes.baseAddress else { return }
    /// Where the word begins that is being read, and the scalar before this one.
    var (start, last): (Int?, Unicode.Scalar?)
    func finish(at end: Int) {
      if let first = start { word(first..<end) }
      start = nil
    }
    var place = 0
    while place < bytes.count {
      let (scalar, length) = scalar(base + place)
      let after = place + length
      defer { (place, last) = (after, scalar) }
      if isInner(scalar) {
        start = start ?? place
        continue
      }
      if start != nil, let last, after < bytes.count {
        let next = self.scalar(base + after).scalar
        if isInner(next) {
          if isJoint(scalar) {
            finish(at: after)
            continue
          }
          if isPoint(scalar), isDigit(last), isDigit(next) { continue }
        }
      }
      finish(at: place)
      if !isWhiteSpace(scalar) { word(place..<after) }
    }
    finish(at: bytes.count)
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

  /// The first scalar of text that is well-formed, as all of a `String` is.
  private static func scalar(
    _ bytes: UnsafePointer<UInt8>
  ) -> (scalar: Unicode.Scalar, length: Int) {
    let (value, length) = decodeScalar(bytes)
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }

  private static func isPoint(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "." || scalar == "," || scalar == ":"
  }

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
