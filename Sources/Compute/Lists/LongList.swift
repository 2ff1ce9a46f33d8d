/// An array that may be longer than memory: see `ListMemory`.
///
/// What it has over an array is that to grow may fail, as a disk may be full. Elements have one width and
/// nothing behind them: numbers, ids, offsets. Copies share their memory until one of them changes.
@usableFromInline
package struct LongList<Element: BitwiseCopyable & Sendable>: RandomAccessCollection, Sendable {
  @usableFromInline var memory: ListMemory
  @usableFromInline package var count = 0

  @inlinable
  package init() { memory = ListMemory(capacity: 0) }

  /// All of `elements`; more than a few will not stay in memory.
  @inlinable
  package init(storing elements: some Collection<Element>) throws {
    self.init()
    try append(contentsOf: elements)
  }

  /// A few elements, which stay in memory.
  @inlinable
  package init(_ elements: some Collection<Element>) {
    memory = ListMemory(capacity: elements.count * MemoryLayout<Element>.stride)
    let all = UnsafeMutableBufferPointer(start: start, count: elements.count)
    _ = all.initialize(fromContentsOf: elements)
    count = elements.count
  }

  @inlinable
  package var startIndex: Int { 0 }
  @inlinable
  package var endIndex: Int { count }

  @inlinable
  package subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "no such element")
    return start[index]
  }

  /// Of its own: what the standard library makes of the indices asks the Swift runtime for types at every
  /// element, wherever the list's type is not known when code is compiled.
  @inlinable
  package func makeIterator() -> Iterator { Iterator(self) }

  @usableFromInline
  package struct Iterator: IteratorProtocol {
    @usableFromInline let list: LongList
    @usableFromInline var place = 0

    @inlinable
    init(_ list: LongList) { self.list = list }

    @inlinable
    package mutating func next() -> Element? {
      guard place < list.count else { return nil }
      defer { place += 1 }
      return list.start[place]
    }
  }

  @inlinable
  var start: UnsafeMutablePointer<Element> { memory.base.assumingMemoryBound(to: Element.self) }

  /// Throws a `UserError` where the disk has no room.
  @inlinable
  package mutating func append(_ element: Element) throws {
    try room(for: 1)[0] = element
  }

  /// Throws a `UserError` where the disk has no room.
  @inlinable
  package mutating func append(contentsOf elements: some Collection<Element>) throws {
    let count = elements.count
    let rest = UnsafeMutableBufferPointer(start: try room(for: count), count: count)
    _ = rest.initialize(fromContentsOf: elements)
  }

  /// Where so many more elements belong, which count from now on.
  @inlinable
  mutating func room(for more: Int) throws -> UnsafeMutablePointer<Element> {
    let (used, needed) = (
      count * MemoryLayout<Element>.stride, (count + more) * MemoryLayout<Element>.stride
    )
    if !isKnownUniquelyReferenced(&memory) {
      let mine = ListMemory(capacity: 0)
      try mine.grow(to: needed, keeping: 0)
      mine.base.copyMemory(from: memory.base, byteCount: used)
      memory = mine
    } else if needed > memory.capacity {
      try memory.grow(to: needed, keeping: used)
    }
    defer { count += more }
    return start + count
  }

  /// Elements that will be read soon: see `ListMemory.expect`.
  @inlinable
  package func expect(_ range: Range<Int>) {
    let stride = MemoryLayout<Element>.stride
    memory.expect(range.lowerBound * stride..<range.upperBound * stride)
  }

  @inlinable
  package func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(memory) {
      try body(UnsafeBufferPointer(start: start, count: count))
    }
  }

  @inlinable
  package func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? { try withUnsafeBufferPointer(body) }
}

extension LongList: Equatable where Element: Equatable {
  @inlinable
  package static func == (left: LongList, right: LongList) -> Bool { left.elementsEqual(right) }
}

extension LongList: ExpressibleByArrayLiteral {
  @inlinable
  package init(arrayLiteral elements: Element...) { self.init(elements) }
}
