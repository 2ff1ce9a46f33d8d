/// The letters of a TOML document: blanks, names, strings and plain values.
///
/// Every read goes through `peek`, which knows where the text ends.
struct TOMLText {
  static let deepest = 64
  private let bytes: [UInt8]
  private var position = 0
  /// The current line, counted from 1.
  private(set) var line = 1

  init(_ text: String) {
    // Some editors put a byte order mark in front, which is no part of the text.
    bytes = Array(text.hasPrefix("\u{FEFF}") ? text.utf8.dropFirst(3) : text.utf8[...])
  }

  func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  func error(_ reason: String) -> TOMLError { TOMLError(reason: reason, line: line) }

  var tooDeep: TOMLError { error("nested deeper than \(Self.deepest) levels") }

  func unexpected(_ wanted: String) -> TOMLError {
    let found =
      switch peek() {
      case nil: "the end of the file"
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): "the end of the line"
      case .some(let byte) where byte < 0x20 || byte >= 0x7F: "a byte \(byte)"
      case .some(let byte): "'\(Character(Unicode.Scalar(byte)))'"
      }
    return error("expected \(wanted), found \(found)")
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(TOMLError) {
    guard accept(character) else { throw unexpected("'\(character)'") }
  }

  // MARK: Between values

  mutating func skipBlanks() {
    while peek() == UInt8(ascii: " ") || peek() == UInt8(ascii: "\t") { position += 1 }
  }

  /// A line feed, alone or after a carriage return.
  mutating func acceptNewline() throws(TOMLError) -> Bool {
    let isPair = peek() == UInt8(ascii: "\r")
    guard isPair || peek() == UInt8(ascii: "\n") else { return false }
    if isPair {
      guard peek(1) == UInt8(ascii: "\n") else { throw error("a carriage return alone") }
      position += 1
    }
    position += 1
    line += 1
    return true
  }

  mutating func skipComment() throws(TOMLError) {
    guard accept("#") else { return }
    while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      try refuseControl(byte)
      position += 1
    }
  }

  /// Blanks, comments and line ends, in any number.
  mutating func skipBlankLines() throws(TOMLError) {
    repeat {
      skipBlanks()
      try skipComment()
    } while try acceptNewline()
  }

  private func refuseControl(_ byte: UInt8) throws(TOMLError) {
    if byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F {
      throw error("a control character, byte \(byte)")
    }
  }

  // MARK: Names and strings

  /// One part of a key: bare or in quotes.
  mutating func name() throws(TOMLError) -> String {
    if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") {
      guard !isTripleQuote else { throw error("a name over several lines") }
      return try string()
    }
    let start = position
    while let byte = peek(), Self.isBare(byte) { position += 1 }
    guard position > start else { throw unexpected("a name") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private var isTripleQuote: Bool { peek() == peek(1) && peek() == peek(2) }

  /// A string of any of the four kinds: one or three quotes, double (with escapes) or single.
  mutating func string() throws(TOMLError) -> String {
    guard let quote = peek() else { throw unexpected("a string") }
    let isLong = isTripleQuote
    position += isLong ? 3 : 1
    // A line end right after the opening quotes does not count.
    if isLong { _ = try acceptNewline() }
    var content: [UInt8] = []
    while true {
      guard let byte = peek() else { throw error("a string without an end") }
      if byte == quote {
        guard isLong else {
          position += 1
          break
        }
        let count = quotes(quote)
        position += count
        // Up to two quotes may stand right before the closing three.
        guard count <= 5 else { throw error("too many quotes") }
        content += [UInt8](repeating: quote, count: count < 3 ? count : count - 3)
        if count >= 3 { break }
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        position += 1
        content += try escape(isLong: isLong)
      } else if isLong, try acceptNewline() {
        content.append(UInt8(ascii: "\n"))
      } else {
        try refuseControl(byte)
        content.append(byte)
        position += 1
      }
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// How many quotes stand here in a row.
  private func quotes(_ quote: UInt8) -> Int {
    var count = 0
    while peek(count) == quote { count += 1 }
    return count
  }

  /// What follows a backslash.
  private mutating func escape(isLong: Bool) throws(TOMLError) -> [UInt8] {
    guard let byte = peek() else { throw error("a string without an end") }
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      // At the end of a line: the string goes on at the next letter.
      skipBlanks()
      guard isLong, try acceptNewline() else { throw error("an unknown escape") }
      repeat { skipBlanks() } while try acceptNewline()
      return []
    default: position += 1
    }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "u"): return try scalar(digits: 4)
    case UInt8(ascii: "U"): return try scalar(digits: 8)
    default: throw error("an unknown escape")
    }
  }

  private mutating func scalar(digits: Int) throws(TOMLError) -> [UInt8] {
    var code: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected \(digits) hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("no such character") }
    return Array(String(Character(scalar)).utf8)
  }

  // MARK: Plain values

  /// A boolean, a number, or a date.
  mutating func scalar() throws(TOMLError) -> TOMLValue {
    let start = position
    skipWord()
    // One blank may stand between a date and its time.
    if peek() == UInt8(ascii: " "), position - start == 10, bytes[start + 4] == UInt8(ascii: "-"),
      let next = peek(1), UInt8(ascii: "0")...UInt8(ascii: "9") ~= next
    {
      position += 1
      skipWord()
    }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !word.isEmpty else { throw unexpected("a value") }
    guard let value = TOMLScalar.value(of: word) else { throw error("'\(word)' is no value") }
    return value
  }

  private mutating func skipWord() {
    while let byte = peek(),
      Self.isBare(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: ":")
    {
      position += 1
    }
  }
}
