/// A TOML value, with the line on which it begins where a message may want it.
public indirect enum TOMLValue: Equatable, Sendable {
  case integer(Int)
  /// May be NaN or infinite: TOML spells them.
  case number(Double)
  case boolean(Bool)
  case string(String)
  /// A date, a time or both, as written: recognised, not checked against a calendar.
  case date(String)
  case array([TOMLValue])
  case table([Member])

  /// One `name = value` of a table.
  public struct Member: Equatable, Sendable {
    public let name: String
    public let value: TOMLValue
    /// Counted from 1.
    public let line: Int

    public init(_ name: String, _ value: TOMLValue, line: Int) {
      self.name = name
      self.value = value
      self.line = line
    }
  }
}

/// Why a text is not TOML, and on which line, counted from 1.
public struct TOMLError: Error, Equatable, CustomStringConvertible {
  public let reason: String
  public let line: Int

  public var description: String { "line \(line): \(reason)" }
}
