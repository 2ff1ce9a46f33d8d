import Compute

/// One of the equal parts that a cross-validation divides its data into, each of which is held out once.
package struct Fold: Sendable, Equatable {
  /// From 0.
  package let index: Int
  package let count: Int

  package init(_ index: Int, of count: Int) {
    precondition(index >= 0 && index < count && count > 1, "fold \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// `2/5` is the second of five. Throws `UserError.usage`.
  package init(parsing text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], count > 1,
      (1...count).contains(number)
    else {
      throw UserError.usage(
        "a fold of '\(text)': expected its number and how many there are",
        hint: "for example 2/5, the second of five")
    }
    self.init(number - 1, of: count)
  }
}
