/// Labels in a file that were never trained: they are counted as wrong.
struct UnknownLabels {
  private let kind: String
  private(set) var count = 0
  private var first: (name: String, place: String)?

  /// - Parameter kind: what the labels are, `tag`.
  init(_ kind: String) { self.kind = kind }

  mutating func add(_ name: String, at place: String) {
    count += 1
    first = first ?? (name, place)
  }

  /// A sentence for a log; nil if there are none.
  var warning: String? {
    guard let first else { return nil }
    return (count == 1 ? "1 \(kind) was" : "\(count) \(kind)s were")
      + " never trained and can only be wrong, the first '\(first.name)' at \(first.place)"
  }
}
