import ArgumentParser

/// `1,2,4`.
struct ThreadCounts: ExpressibleByArgument {
  /// Distinct, fewest first.
  let values: [Int]

  init?(argument: String) {
    let counts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let valid = counts.compactMap { $0 }.filter { (1...4096).contains($0) }
    guard valid.count == counts.count else { return nil }
    values = Set(valid).sorted()
  }

  /// 1, 2, 4 … and `count` itself.
  static func powers(upTo count: Int) -> [Int] {
    var values: [Int] = []
    var value = 1
    while value < count {
      values.append(value)
      value *= 2
    }
    return values + [count]
  }
}
