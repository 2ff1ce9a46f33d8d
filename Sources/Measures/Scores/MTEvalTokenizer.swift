import Foundation

/// The tokenisation `13a` of sacreBLEU: that of the evaluation script mteval-v13a.
///
/// Punctuation stands alone, except for full stops and commas between digits, and hyphens but after
/// digits. Works on code points.
enum MTEvalTokenizer {
  /// The tokens of one line of plain text.
  static func tokens(_ line: String) -> [[Unicode.Scalar]] {
    var text = Array(line.unicodeScalars)
    while let last = text.last, last.separatesWords { text.removeLast() }
    text = replacing("<skipped>", by: "", in: text)
    text = replacing("-\n", by: "", in: text)
    text = replacing("\n", by: " ", in: text)
    // In this order: `&amp;quot;` becomes `&quot;`, `&amp;lt;` becomes `<`.
    for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
      text = replacing(entity, by: character, in: text)
    }
    text = isolated([" "] + text + [" "])
    text = pairs(text, { !isDigit($0) && isStop($1) }) { [$0, " ", $1, " "] }
    text = pairs(text, { isStop($0) && !isDigit($1) }) { [" ", $0, " ", $1] }
    text = pairs(text, { isDigit($0) && $1 == "-" }) { [$0, " ", $1, " "] }
    return text.split(whereSeparator: \.separatesWords).map(Array.init)
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

  private static func isStop(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }

  /// Blanks around every ASCII character that is no letter, digit, apostrophe, comma, hyphen or full
  /// stop.
  private static func isolated(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    text.flatMap { scalar -> [Unicode.Scalar] in
      switch scalar {
      case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": [" ", scalar, " "]
      default: [scalar]
      }
    }
  }

  /// Replaces pairs of neighbours from left to right; a character belongs to one pair at most.
  private static func pairs(
    _ text: [Unicode.Scalar], _ matches: (Unicode.Scalar, Unicode.Scalar) -> Bool,
    _ replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]
  ) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      if place + 1 < text.count, matches(text[place], text[place + 1]) {
        result += replacement(text[place], text[place + 1])
        place += 2
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }

  private static func replacing(
    _ pattern: String, by replacement: String, in text: [Unicode.Scalar]
  ) -> [Unicode.Scalar] {
    let pattern = Array(pattern.unicodeScalars)
    guard text.contains(pattern[0]) else { return text }
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      if text[place...].starts(with: pattern) {
        result += replacement.unicodeScalars
        place += pattern.count
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }
}
