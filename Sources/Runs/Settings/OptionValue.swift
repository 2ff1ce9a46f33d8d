/// The value of an option.
public enum OptionValue: Equatable, Sendable {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case string(String)
  case strings([String])
}

extension OptionValue: CustomStringConvertible {
  /// The value as TOML: numbers keep every bit, strings stay on one line.
  public var description: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .boolean(let value): String(value)
    case .string(let value): Self.quote(value)
    case .strings(let values): "[" + values.map(Self.quote).joined(separator: ", ") + "]"
    }
  }

  private static func quote(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
