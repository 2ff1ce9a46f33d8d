/// For each row or column of a parameter, the one of another run's that it is taken from.
struct AxisMap {
  /// Nil where there is none of that name.
  let places: [Int?]
  /// What the names are, in words; nil where places are the same.
  let kind: String?

  var takenCount: Int { places.count { $0 != nil } }
  var isWhole: Bool { takenCount == places.count }

  /// Nil if the two have nothing to do with each other.
  ///
  /// - Parameters:
  ///   - count, otherCount: rows or columns, here and there.
  ///   - names, others: what they stand for; nil where that is the same in all runs.
  init?(_ count: Int, _ names: NamedAxis?, from otherCount: Int, _ others: NamedAxis?) {
    switch (names, others) {
    case (nil, nil):
      guard count == otherCount else { return nil }
      places = Array(0..<count)
      kind = nil
    case (let names?, let others?):
      precondition(names.names.count == count, "\(names.names.count) names of \(count)")
      guard names.kind == others.kind else { return nil }
      // By bytes: a String equals its other spellings, which are other words.
      let index = Dictionary(
        others.names.enumerated().map { (Array($0.element.utf8), $0.offset) }
      ) { first, _ in first }
      places = names.names.map { index[Array($0.utf8)] }
      kind = names.kind
      guard takenCount > 0 else { return nil }
    default: return nil
    }
  }
}
