/// The leaves of one recording.
package struct RecordedLeaves: Sendable {
  /// Those that may have examples.
  package let all: Range<Int>
  /// Those that do.
  package let present: [Int]

  init(_ all: Range<Int>, present: [Int]) {
    self.all = all
    self.present = present
  }

  /// One that has.
  init(_ leaf: Int) { self.init(leaf..<leaf + 1, present: [leaf]) }
}
