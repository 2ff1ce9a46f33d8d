/// A TOML value, with the line on which it begins where a message may want it.
package indirect enum TOMLValue: Equatable, Sendable {
  case integer(Int)
  /// May be NaN or infinite: TOML spells them.
  case number(Double)
  case boolean(Bool)
  case string(String)
  /// A date, a time or both, as written; there is such a day and such a time.
  case date(String)
  case array([TOMLValue])
  case table([Member])

  /// One `name = value` of a table.
  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: TOMLValue
    /// Counted from 1.
    package let line: Int

    package init(_ name: String, _ value: TOMLValue, line: Int) {
      self.name = name
      self.value = value
      self.line = line
    }
  }
}

/// Why a text is not TOML, and on which line, counted from 1.
package struct TOMLError: Error, Equatable, CustomStringConvertible {
  package let reason: String
  package let line: Int

  package var description: String { "line \(line): \(reason)" }
}
