/// Whether a row of a table goes on in the next line, as it does inside quotes. They open at the beginning of a
/// field alone, blanks before them aside, so that the sign of inches in one is no quote: as `CSVReader` has it.
package struct CSVQuotes {
  private let separators: [UInt8]
  /// Whether a quote is open behind the last line that was read.
  package private(set) var isOpen = false

  /// - Parameter separator: what stands between fields; nil: a comma, a semicolon or a tab.
  package init(separator: UInt8? = nil) {
    separators =
      separator.map { [$0] } ?? [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
  }

  /// Follows a line, without its end.
  ///
  /// - Parameter visit: called with every byte outside of quotes, if the caller asks for them.
  package mutating func read(_ line: some Sequence<UInt8>, visit: (UInt8) -> Void = { _ in }) {
    let quote = UInt8(ascii: "\"")
    // Behind a quote inside quotes, which closes them unless a second one follows.
    var (isFieldStart, mayClose) = (true, false)
    for byte in line {
      if isOpen {
        if !mayClose || byte == quote {
          mayClose = byte == quote && !mayClose
          continue
        }
        (isOpen, mayClose, isFieldStart) = (false, false, false)
      }
      visit(byte)
      if separators.contains(byte) {
        isFieldStart = true
      } else if isFieldStart, byte == quote {
        isOpen = true
      } else if byte != 0x20 {
        isFieldStart = false
      }
    }
    if mayClose { isOpen = false }
  }
}
