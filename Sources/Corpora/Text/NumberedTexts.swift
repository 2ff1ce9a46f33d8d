/// Different texts, each with a number. The empty text is number 0, the others follow as they come.
///
/// By bytes: a `String` equals its other spellings.
package struct NumberedTexts: Sendable {
  /// Of all but the empty text, which no table holds.
  private var table = WordTable()
  private var texts = [""]

  package init() {}

  package var count: Int { texts.count }

  package subscript(number: Int32) -> String { texts[Int(number)] }

  /// What follows from each of them, by number.
  package func map<Value>(_ transform: (String) throws -> Value) rethrows -> [Value] {
    try texts.map(transform)
  }

  /// The number of a text, which is added if it is new.
  package mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard let start = text.baseAddress, !text.isEmpty else { return 0 }
    let number =
      1
      + table.insert(
        start, length: text.count, prefix: WordScanner.prefix(start, text.count))
    if number == texts.count { texts.append(String(decoding: text, as: UTF8.self)) }
    return Int32(number)
  }

  /// The same of a text that is at hand as a string.
  package mutating func number(of text: String) -> Int32 {
    var text = text
    return text.withUTF8 { number(of: $0) }
  }
}

/// What follows from a text alone, worked out once for each different one.
package struct TextMemo<Value> {
  private let texts: NumberedTexts
  private var values: [Value?]

  package init(_ texts: NumberedTexts) {
    self.texts = texts
    values = [Value?](repeating: nil, count: texts.count)
  }

  /// What `make` has made of the text with this number, now or before.
  package mutating func value(
    of number: Int32, _ make: (String) throws -> Value
  ) rethrows -> Value {
    if let value = values[Int(number)] { return value }
    let value = try make(texts[number])
    values[Int(number)] = value
    return value
  }
}
