/// Labels of a file that were never trained. They have ids behind those of the training, and whoever
/// carries them can only be taken for something else.
package struct UnseenLabels: Sendable, Equatable {
  /// In the order in which they were found.
  package private(set) var names: [String] = []
  /// Examples that have such a label.
  package private(set) var count = 0
  private var first = ""
  private var places: [String: Int] = [:]

  package init() {}

  /// Counts an example with the label `name`, which is none of `known`; returns its id.
  package mutating func id(_ name: String, behind known: LabelSet, at place: String) -> Int32 {
    count += 1
    if count == 1 { first = "'\(name)' at \(place)" }
    return Int32(known.count + index(of: name))
  }

  /// Takes in those of a further file; returns the id that each of its names has here.
  mutating func add(_ other: UnseenLabels, behind known: LabelSet) -> [Int32] {
    if count == 0 { first = other.first }
    count += other.count
    return other.names.map { Int32(known.count + index(of: $0)) }
  }

  private mutating func index(of name: String) -> Int {
    if let place = places[name] { return place }
    places[name] = names.count
    names.append(name)
    return names.count - 1
  }

  /// A sentence for a log; nil if there are none.
  package var sentence: String? {
    guard count > 0 else { return nil }
    return
      (count == 1 ? "1 example has a label that was" : "\(count) examples have labels that were")
      + " never trained and can only be wrong, the first \(first)"
  }
}

/// Examples of a file that hold nothing to learn from and were passed over.
package struct EmptyExamples: Sendable, Equatable {
  package private(set) var count = 0
  private var first = ""

  package init() {}

  package mutating func add(at place: String) {
    count += 1
    if count == 1 { first = place }
  }

  package mutating func add(_ other: EmptyExamples) {
    if count == 0 { first = other.first }
    count += other.count
  }

  /// A sentence for a log; nil if there are none.
  package var sentence: String? {
    guard count > 0 else { return nil }
    return (count == 1 ? "1 empty example was" : "\(count) empty examples were")
      + " passed over, the first at \(first)"
  }
}
