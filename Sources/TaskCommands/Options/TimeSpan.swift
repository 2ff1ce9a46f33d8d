import ArgumentParser

/// A time as it is typed: `90s`, `10m`, `1h30m`.
struct TimeSpan: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    guard let match = argument.wholeMatch(of: /(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?/)
    else {
      return nil
    }
    func number(_ text: Substring?) -> Double { text.flatMap { Double($0) } ?? 0 }
    seconds = 3600 * number(match.1) + 60 * number(match.2) + number(match.3)
    guard seconds > 0 else { return nil }
  }
}
