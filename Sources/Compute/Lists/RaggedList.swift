/// Lists of any lengths, one behind the other in one long list.
@usableFromInline
package struct RaggedList<Element: BitwiseCopyable & Sendable>: RandomAccessCollection, Sendable {
  /// All elements, list after list.
  @usableFromInline package var values = LongList<Element>()
  /// Where each list begins in `values`, and the end.
  @usableFromInline package var starts: LongList<Int> = [0]

  @inlinable
  package init() {}

  /// All of `lists`; more than a few will not stay in memory.
  @inlinable
  package init(storing lists: some Sequence<some Collection<Element>>) throws {
    for list in lists { try append(list) }
  }

  /// A few lists, which stay in memory.
  @inlinable
  package init(_ lists: some Collection<some Collection<Element>>) {
    values = LongList(Array(lists.joined()))
    starts = LongList(lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) })
  }

  /// Throws a `UserError` where the disk has no room.
  @inlinable
  package mutating func append(_ list: some Collection<Element>) throws {
    try values.append(contentsOf: list)
    try starts.append(values.count)
  }

  @inlinable
  package var startIndex: Int { 0 }
  @inlinable
  package var endIndex: Int { starts.count - 1 }

  /// Where a list stands in `values`.
  @inlinable
  package func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  /// Lists that will be read soon: see `ListMemory.expect`. Where they begin is asked for of all of them before
  /// the first is waited for.
  @inlinable
  package func expect(_ lists: [Int]) {
    for list in lists { starts.expect(list..<list + 2) }
    for list in lists { values.expect(range(list)) }
  }

  @inlinable
  package subscript(index: Int) -> Slice<LongList<Element>> { values[range(index)] }
}

extension RaggedList: Equatable where Element: Equatable {
  @inlinable
  package static func == (left: RaggedList, right: RaggedList) -> Bool {
    left.starts == right.starts && left.values == right.values
  }
}

extension RaggedList: ExpressibleByArrayLiteral {
  @inlinable
  package init(arrayLiteral lists: [Element]...) { self.init(lists) }
}
