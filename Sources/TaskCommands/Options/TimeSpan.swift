import ArgumentParser

/// A time as it is typed: `90s`, `10m`, `1h30m`.
struct TimeSpan {
  let seconds: Double

  /// Throws a `ValidationError` for anything else, and for no time at all.
  init(typed text: String) throws {
    let refusal = ValidationError("expected a time, as 90s, 10m or 1h30m")
    guard let match = text.wholeMatch(of: /(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?/) else {
      throw refusal
    }
    func number(_ text: Substring?) -> Double { text.flatMap { Double($0) } ?? 0 }
    seconds = 3600 * number(match.1) + 60 * number(match.2) + number(match.3)
    guard seconds > 0 else { throw refusal }
  }
}
