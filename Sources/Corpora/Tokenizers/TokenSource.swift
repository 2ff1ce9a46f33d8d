/// A text as ids that can be read anywhere: of one file, or of many.
package protocol TokenSource: AnyObject, Sendable {
  /// The number of ids.
  var count: Int { get }
  /// Every id is below this.
  var vocabularySize: Int { get }
  /// Tells contents apart: equal for equal ids in equal widths.
  var contentDigest: UInt64 { get }

  /// The id at `index`, which must be in 0 ..< `count`.
  subscript(index: Int) -> Int32 { get }

  /// Copies the ids of `range`, which must lie in 0 ..< `count`, to `output`, which must hold as many,
  /// `stride` elements from one to the next.
  func copy(_ range: Range<Int>, into output: UnsafeMutablePointer<Int32>, stride: Int)

  /// Tells the system that ids of `range`, which must lie in 0 ..< `count`, will be read soon: it brings them
  /// from the disk while others are worked on. Cost: a system call, about 1 µs.
  func expect(_ range: Range<Int>)

  /// The text of an epoch, where epochs differ. As many ids in each.
  func turned(to epoch: Int) -> any TokenSource

  /// Throws a `UserError` if a file has become shorter since it was opened: whoever touches the lost part
  /// of a mapping is ended by the system.
  func checkLength() throws
}

extension TokenSource {
  package func turned(to epoch: Int) -> any TokenSource { self }

  /// Copies the ids of `range` one after the other.
  package func copy(_ range: Range<Int>, into output: UnsafeMutablePointer<Int32>) {
    copy(range, into: output, stride: 1)
  }
}
