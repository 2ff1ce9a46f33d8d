/// Words that stand for a value by themselves: booleans, numbers, dates.
enum TOMLScalar {
  /// The value of a word of letters, digits and `_ - + . :`; nil if it is none.
  static func value(of word: String) -> TOMLValue? {
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .number(.infinity)
    case "-inf": return .number(-.infinity)
    case "nan", "+nan", "-nan": return .number(.nan)
    default: break
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
      return digits(word.dropFirst(2), radix: radix)
        .flatMap { Int($0, radix: radix) }.map(TOMLValue.integer)
    }
    if let value = decimal(word) { return value }
    return isDate(word) ? .date(word) : nil
  }

  /// `word` without its underscores, each of which must stand between two digits; nil if anything
  /// else than digits of the radix is in it, or nothing is.
  private static func digits(_ word: Substring, radix: Int = 10) -> String? {
    let groups = word.split(separator: "_", omittingEmptySubsequences: false)
    let areDigits = groups.allSatisfy { group in
      !group.isEmpty
        && group.utf8.allSatisfy {
          (Character(Unicode.Scalar($0)).hexDigitValue ?? radix) < radix
        }
    }
    return areDigits ? groups.joined() : nil
  }

  /// `-1_000`, `+6.02e23`, `1e-3`: digits, then perhaps a fraction, then perhaps an exponent.
  private static func decimal(_ word: String) -> TOMLValue? {
    var rest = Substring(word)
    let sign = takeSign(&rest)
    let mantissa = rest.prefix { $0 != "e" && $0 != "E" }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = digits(parts[0]), whole == "0" || !whole.hasPrefix("0")
    else { return nil }
    var text = sign + whole
    if parts.count == 2 {
      guard let fraction = digits(parts[1]) else { return nil }
      text += "." + fraction
    }
    if mantissa.endIndex < rest.endIndex {
      var exponent = rest[mantissa.endIndex...].dropFirst()
      let exponentSign = takeSign(&exponent)
      guard let power = digits(exponent) else { return nil }
      text += "e" + exponentSign + power
    } else if parts.count == 1 {
      return Int(text).map(TOMLValue.integer)
    }
    return Double(text).map(TOMLValue.number)
  }

  private static func takeSign(_ word: inout Substring) -> String {
    guard let first = word.first, first == "+" || first == "-" else { return "" }
    word.removeFirst()
    return String(first)
  }

  /// `1979-05-27`, `07:32:00.5`, or both with `T` or a blank between and an offset perhaps.
  private static func isDate(_ word: String) -> Bool {
    var rest = Substring(word)
    guard takeDay(&rest) else {
      rest = Substring(word)
      return takeTime(&rest) && rest.isEmpty
    }
    guard let between = rest.popFirst() else { return true }
    guard "Tt ".contains(between), takeTime(&rest) else { return false }
    switch rest.popFirst() {
    case nil: return true
    case "Z", "z": return rest.isEmpty
    case "+", "-":
      return takeNumber(&rest, in: 0...23, then: ":") != nil
        && takeNumber(&rest, in: 0...59) != nil && rest.isEmpty
    default: return false
    }
  }

  /// A day that the Gregorian calendar has.
  private static func takeDay(_ word: inout Substring) -> Bool {
    guard let year = takeNumber(&word, digits: 4, in: 0...9999, then: "-"),
      let month = takeNumber(&word, in: 1...12, then: "-")
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return takeNumber(&word, in: 1...days[month - 1]) != nil
  }

  /// RFC 3339 knows leap seconds.
  private static func takeTime(_ word: inout Substring) -> Bool {
    guard takeNumber(&word, in: 0...23, then: ":") != nil,
      takeNumber(&word, in: 0...59, then: ":") != nil, takeNumber(&word, in: 0...60) != nil
    else { return false }
    guard word.first == "." else { return true }
    let fraction = word.dropFirst().prefix { ("0"..."9").contains($0) }
    word = word.dropFirst(1 + fraction.count)
    return !fraction.isEmpty
  }

  /// A number of so many digits, and what has to follow it.
  private static func takeNumber(
    _ word: inout Substring, digits count: Int = 2, in range: ClosedRange<Int>,
    then mark: Character? = nil
  ) -> Int? {
    let text = word.prefix(count)
    guard text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(text), range.contains(number)
    else { return nil }
    word = word.dropFirst(count)
    guard mark == nil || word.popFirst() == mark else { return nil }
    return number
  }
}
