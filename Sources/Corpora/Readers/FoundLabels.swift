/// The labels that files hold, numbered in the order in which they were found, before they have ids.
package struct FoundLabels: Sendable {
  package private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]

  package init() {}

  /// The number of a label, which is added if it is new.
  package mutating func number(of name: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    names.append(name)
    numbers[name] = number
    return number
  }
}
