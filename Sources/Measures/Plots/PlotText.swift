/// Text in pictures.
enum PlotText {
  /// As XML takes it. Control characters, which XML cannot hold, become `?`.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// How wide text is, in letters: those of Asian scripts and emoji take two.
  static func columns(_ text: some StringProtocol) -> Int {
    text.reduce(0) { sum, character in
      let isWide = character.unicodeScalars.contains { scalar in
        (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xA4CF).contains(scalar.value)
          || (0xAC00...0xD7A3).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
          || (0xFE30...0xFE6F).contains(scalar.value) || (0xFF00...0xFF60).contains(scalar.value)
          || (0x1F300...0x3FFFD).contains(scalar.value)
      }
      return sum + (isWide ? 2 : 1)
    }
  }

  /// At most so many columns, with `…` for what is left out.
  static func cut(_ text: String, to limit: Int) -> String {
    guard columns(text) > limit else { return text }
    var kept = text[...]
    while !kept.isEmpty, columns(kept) > limit - 1 { kept.removeLast() }
    return kept + "…"
  }
}
