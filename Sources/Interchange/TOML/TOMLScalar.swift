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
    let date = /[0-9]{4}-[0-9]{2}-[0-9]{2}/
    let time = /[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/
    let both =
      /[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?/
    return word.wholeMatch(of: date) != nil || word.wholeMatch(of: time) != nil
      || word.wholeMatch(of: both) != nil
  }
}
