import Compute

/// Texts, as many as a disk holds: their bytes one behind the other.
package struct TextList: RandomAccessCollection, Sendable {
  private var bytes = RaggedList<UInt8>()
  /// Which of them are here; nil: all.
  private var chosen: LongList<Int>?

  package init() {}

  /// Throws a `UserError` where the disk has no room.
  package mutating func append(utf8 text: some Collection<UInt8>) throws {
    precondition(chosen == nil, "a choice grows no more")
    try bytes.append(text)
  }

  /// Some of all that were added, without a copy of them.
  func choosing(_ places: LongList<Int>?) -> TextList {
    var result = self
    result.chosen = places
    return result
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { chosen?.count ?? bytes.count }

  package subscript(index: Int) -> String {
    bytes.values.withUnsafeBufferPointer {
      let range = bytes.range(chosen?[index] ?? index)
      return String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
    }
  }
}
