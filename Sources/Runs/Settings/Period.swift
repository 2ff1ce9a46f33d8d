import Compute

/// A stretch of a training: updates (`500`), epochs (`0.5e`) or tokens (`10Mt`).
public enum Period: Sendable, Equatable, ExpressibleByIntegerLiteral {
  case updates(Int)
  case epochs(Double)
  case tokens(Int)

  public init(integerLiteral value: Int) { self = .updates(value) }

  /// Nil for what is none.
  ///
  /// Tokens are counted with k, M or G before the t, or nothing.
  init?(parsing text: String) {
    if let updates = Int(text) {
      guard updates >= 0 else { return nil }
      self = .updates(updates)
      return
    }
    let unit = text.drop { $0.isNumber || $0 == "." }
    guard let number = Double(text.dropLast(unit.count)), number > 0, number.isFinite else {
      return nil
    }
    if unit == "e" {
      self = .epochs(number)
      return
    }
    guard let scale = Self.scales.first(where: { $0.unit == unit })?.scale,
      number * scale >= 1, number * scale < 0x1p62
    else { return nil }
    self = .tokens(Int(number * scale))
  }

  private static let scales: [(unit: String, scale: Double)] = [
    ("Gt", 1e9), ("Mt", 1e6), ("kt", 1e3), ("t", 1),
  ]

  /// In updates, which need be no whole number and are at most 2⁶².
  ///
  /// - Parameters:
  ///   - tokensPerEpoch: nil where nobody knows.
  ///   - option: what it was given as, for messages.
  ///
  /// Throws a usage `UserError` for tokens where nobody knows how many an epoch has.
  package func updates(perEpoch: Int, tokensPerEpoch: Int?, option: String) throws -> Double {
    let most = 0x1p62
    switch self {
    case .updates(let count): return min(Double(count), most)
    case .epochs(let count): return min(count * Double(perEpoch), most)
    case .tokens(let count):
      guard let tokensPerEpoch, tokensPerEpoch > 0 else {
        throw UserError.usage(
          "\(option) \(text): this task counts no tokens",
          hint: "give updates, as 500, or epochs, as 0.5e")
      }
      return min(Double(count) / Double(tokensPerEpoch) * Double(perEpoch), most)
    }
  }

  /// As it may be typed.
  var text: String {
    switch self {
    case .updates(let count): return "\(count)"
    case .epochs(let count): return Self.decimals(count) + "e"
    case .tokens(let count):
      let (unit, scale) =
        Self.scales.first { count % Int($0.scale) == 0 } ?? (unit: "t", scale: 1)
      return "\(count / Int(scale))\(unit)"
    }
  }
}

extension Period {
  /// All digits of a number, without an exponent, whose e would be that of epochs; it reads as the same number.
  private static func decimals(_ number: Double) -> String {
    let parts = "\(number)".split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else {
      return number == number.rounded() ? String("\(number)".prefix { $0 != "." }) : "\(number)"
    }
    let sign = number < 0 ? "-" : ""
    let mantissa = parts[0].drop { $0 == "-" }
    let digits = mantissa.filter { $0 != "." }
    let point = mantissa.prefix { $0 != "." }.count + exponent
    func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
    if point <= 0 { return "\(sign)0.\(zeros(-point))\(digits)" }
    if point >= digits.count { return "\(sign)\(digits)\(zeros(point - digits.count))" }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
  }
}

extension Period: SettingValue {
  public static var kind: SettingsOption.Kind { .period }

  public init?(_ value: OptionValue) {
    switch value {
    case .integer(let updates) where updates >= 0: self = .updates(updates)
    case .string(let text): self.init(parsing: text)
    default: return nil
    }
  }

  public var optionValue: OptionValue {
    if case .updates(let count) = self { return .integer(count) }
    return .string(text)
  }
}

extension Setting<Period> {
  /// - Parameter changesResult: whether weights depend on it.
  public init(
    wrappedValue: Period, mayChange: Bool, changesResult: Bool = true, _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: nil, option: nil, help: help, mayChange: mayChange, changesResult: changesResult,
        kind: { .period }))
  }
}
