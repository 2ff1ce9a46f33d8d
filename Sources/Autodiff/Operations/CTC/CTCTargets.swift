/// The label sequences that the rows of a minibatch are to be transcribed to.
package struct CTCTargets: Sendable, Equatable {
  /// All labels, row after row.
  package private(set) var labels: [Int32] = []
  /// Where each row's labels begin, and the end.
  package private(set) var starts = [0]

  package init() {}

  /// The labels of each row; any may be empty: then all frames are to be blank.
  package init(_ rows: some Sequence<some Collection<Int32>>) {
    for row in rows { append(row) }
  }

  package mutating func append(_ row: some Collection<Int32>) {
    labels.append(contentsOf: row)
    starts.append(labels.count)
  }

  package var rowCount: Int { starts.count - 1 }
  package subscript(row: Int) -> ArraySlice<Int32> { labels[starts[row]..<starts[row + 1]] }
  package func count(ofRow row: Int) -> Int { starts[row + 1] - starts[row] }

  /// The fewest frames that `labels` fit into: one each, and a blank between equal neighbours.
  package static func framesNeeded(_ labels: some Collection<Int32>) -> Int {
    labels.count + zip(labels, labels.dropFirst()).count { $0 == $1 }
  }
}
