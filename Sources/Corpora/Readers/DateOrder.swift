/// Follows the dates of a sequence's steps, to tell when they fall.
///
/// Years first (`2024-01-31`, `2024/01`, `2024Q3`, `2024-W05`), years last (`31.01.2024`, `01/31/2024`) and months by
/// their English names (`31-Jan-2024`, `Jan 2024`, `January 31, 2024`); a time of day behind them says nothing here.
/// Where the day may stand before the month or behind it, dates fall that fall either way.
struct DateOrder {
  /// The date before, as a number that rises with it; nil before the first.
  private struct Reading {
    var last: Int?
    var isPossible = true

    mutating func take(_ date: Int?) {
      guard let date, date >= last ?? date else {
        isPossible = false
        return
      }
      last = date
    }
  }

  private var dayFirst = Reading()
  private var monthFirst = Reading()

  /// Whether the text is a date before the one of the step above it. What is no date says nothing.
  mutating func falls(at text: String) -> Bool {
    guard let date = Self.date(in: text) else { return false }
    dayFirst.take(date.dayFirst)
    monthFirst.take(date.monthFirst)
    return !dayFirst.isPossible && !monthFirst.isPossible
  }

  private typealias Meaning = (dayFirst: Int?, monthFirst: Int?)

  /// What a text may mean; nil for no date.
  private static func date(in text: String) -> Meaning? {
    let parts = text.utf8.split(maxSplits: 3) { "-/. ,_".utf8.contains($0) }.prefix(3)
      .map(Part.init)
    func certain(_ year: Int, _ month: Int?, _ day: Int? = nil) -> Meaning? {
      month.map { place(year, $0, day ?? 0) }.map { ($0, $0) }
    }
    switch parts.first {
    case .year(let year, let quarter?): return certain(year, quarter)
    case .year(let year, nil):
      guard parts.count > 1, let month = parts[1].small ?? parts[1].month else { return nil }
      return certain(year, month, parts.count > 2 ? parts[2].small : nil)
    case .name(let month):
      guard parts.count > 1 else { return nil }
      if case .year(let year, nil) = parts[1] { return certain(year, month) }
      guard parts.count > 2, case .year(let year, nil) = parts[2] else { return nil }
      return certain(year, month, parts[1].small)
    case .number(let first):
      guard parts.count > 2, case .year(let year, nil) = parts[2] else { return nil }
      if case .name(let month) = parts[1] { return certain(year, month, first) }
      guard let second = parts[1].small, first <= 12 || second <= 12 else { return nil }
      return (
        second <= 12 ? place(year, second, first) : nil,
        first <= 12 ? place(year, first, second) : nil
      )
    case .other, nil: return nil
    }
  }

  private static func place(_ year: Int, _ month: Int, _ day: Int) -> Int {
    (year * 400 + month) * 400 + day
  }

  /// What stands between two signs.
  private enum Part {
    /// Four digits, perhaps with a quarter behind them.
    case year(Int, quarter: Int?)
    /// One or two digits: a day, a month, or the number of a quarter or a week behind its letter.
    case number(Int)
    /// A month's name.
    case name(Int)
    case other

    init(_ bytes: Substring.UTF8View) {
      let digits = bytes.prefix { (0x30...0x39).contains($0) }
      let number = Int(Substring(digits)) ?? 0
      let rest = Substring(bytes.dropFirst(digits.count)).lowercased()
      switch digits.count {
      case 4 where rest.hasPrefix("q"): self = .year(number, quarter: Int(rest.dropFirst()))
      case 4: self = .year(number, quarter: nil)
      case 1, 2: self = .number(number)
      case 0 where rest.hasPrefix("q") || rest.hasPrefix("w"):
        self = Int(rest.dropFirst()).map(Part.number) ?? .other
      case 0:
        let month = rest.count > 2 ? Self.months.firstIndex { rest.hasPrefix($0) } : nil
        self = month.map { .name($0 + 1) } ?? .other
      default: self = .other
      }
    }

    var small: Int? { if case .number(let number) = self { number } else { nil } }
    var month: Int? { if case .name(let month) = self { month } else { nil } }

    private static let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
  }
}
