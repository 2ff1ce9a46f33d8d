/// Why a text is not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package let reason: String
  /// Bytes before the place that could not be read.
  package let offset: Int

  package var description: String { "\(reason) at byte \(offset)" }
}

/// When two names in one object are the same, which is refused.
package enum JSONNames {
  /// As Swift strings: two spellings of one accented letter are one name.
  case texts
  /// Byte by byte.
  case bytes
  /// Never: the caller looks at all of them.
  case repeatable
}

extension JSONValue {
  /// Reads one JSON value that fills `bytes` (UTF-8) but for white space around it.
  ///
  /// Strict (RFC 8259), and stricter where formats built on JSON need it: two members of one object
  /// may not have the same name, numbers must fit in a `Double`, nesting ends at `deepest` levels.
  /// `-0` is a number and no integer.
  package init(
    parsing bytes: UnsafeRawBufferPointer, names: JSONNames = .texts, deepest: Int = 64
  ) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, names: names, deepest: deepest)
    // Some editors put a byte order mark in front, which is no part of the text.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
    self = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("more text after the value") }
  }

  /// Reads one JSON value from `text`.
  package init(parsing text: String) throws(JSONError) {
    var result: Result<JSONValue, JSONError> = .success(.null)
    var text = text
    text.withUTF8 { bytes in
      result = Result { () throws(JSONError) in
        try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
      }
    }
    self = try result.get()
  }
}

/// A recursive descent over bytes. Every read goes through `peek`, which knows where the text ends.
private struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  let names: JSONNames
  let deepest: Int
  var position = 0

  init(bytes: UnsafeRawBufferPointer, names: JSONNames, deepest: Int) {
    self.bytes = bytes
    self.names = names
    self.deepest = deepest
  }

  func error(_ reason: String) -> JSONError { JSONError(reason: reason, offset: position) }

  func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard accept(character) else { throw error("expected '\(character)'") }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    let opened = peek()
    if opened == UInt8(ascii: "{") || opened == UInt8(ascii: "["), depth >= deepest {
      throw error("nested deeper than \(deepest) levels")
    }
    switch opened {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("the text ends where a value should be")
    default: return try number()
    }
  }

  mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for scalar in text.description.unicodeScalars {
      guard accept(scalar) else { throw error("expected '\(text)'") }
    }
    return value
  }

  mutating func object(depth: Int) throws(JSONError) -> [JSONValue.Member] {
    try expect("{")
    var members: [JSONValue.Member] = []
    var texts: Set<String> = []
    var spellings: Set<Spelling> = []
    skipSpace()
    if accept("}") { return members }
    repeat {
      skipSpace()
      let name = try string()
      let isNew =
        switch names {
        case .texts: texts.insert(name).inserted
        case .bytes: spellings.insert(Spelling(name)).inserted
        case .repeatable: true
        }
      guard isNew else { throw error("'\(name)' appears twice") }
      skipSpace()
      try expect(":")
      members.append(.init(name, try value(depth: depth + 1)))
      skipSpace()
    } while accept(",")
    try expect("}")
    return members
  }

  mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    try expect("[")
    var values: [JSONValue] = []
    skipSpace()
    if accept("]") { return values }
    repeat {
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while accept(",")
    try expect("]")
    return values
  }

  mutating func string() throws(JSONError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      guard let byte = peek() else { throw error("a string without an end") }
      guard byte >= 0x20 else { throw error("a control character inside a string") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw error("a string that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      default: text.append(byte)
      }
    }
  }

  /// What follows a backslash.
  mutating func escape() throws(JSONError) -> [UInt8] {
    guard let byte = peek() else { throw error("a string without an end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var code = UInt32(try fourDigits())
      // Characters beyond U+FFFF come as two escapes, a high and a low surrogate.
      if 0xD800..<0xDC00 ~= code, accept("\\"), accept("u") {
        let low = UInt32(try fourDigits())
        guard 0xDC00..<0xE000 ~= low else { throw error("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      return Array(String(Character(scalar)).utf8)
    default: throw error("an unknown escape")
    }
  }

  mutating func fourDigits() throws(JSONError) -> UInt16 {
    var code: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      code = code << 4 | UInt16(digit)
      position += 1
    }
    return code
  }

  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    _ = accept("-")
    if !accept("0") { try digits() }
    var isInteger = true
    if accept(".") {
      isInteger = false
      try digits()
    }
    if accept("e") || accept("E") {
      isInteger = false
      if !accept("+") { _ = accept("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, text != "-0", let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw error("a number out of range") }
    return .number(value)
  }

  /// One or more decimal digits.
  mutating func digits() throws(JSONError) {
    let start = position
    while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
    guard position > start else { throw error("expected a value") }
  }
}
