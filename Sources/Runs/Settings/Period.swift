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
    guard let number = Double(text.dropLast(unit.count)), number > 0, number < 1e15 else {
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
    case .epochs(let count):
      return count.rounded() == count ? "\(Int(count))e" : "\(count)e"
    case .tokens(let count):
      let (unit, scale) =
        Self.scales.first { count % Int($0.scale) == 0 } ?? (unit: "t", scale: 1)
      return "\(count / Int(scale))\(unit)"
    }
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
