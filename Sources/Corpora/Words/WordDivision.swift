/// Where a text is divided into words.
package enum WordDivision: String, Sendable, CaseIterable {
  /// At white space alone.
  case blank
  /// From punctuation too, as `SentenceWords` does.
  case punctuation

  /// The text with a blank between any two words of a line.
  package func divided(_ text: String) -> String {
    guard self == .punctuation else { return text }
    // By bytes: CR LF is one character.
    return text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { SentenceWords.spaced(String(Substring($0))) }
      .joined(separator: "\n")
  }
}
