/// Some elements of a list, in an order of their own, and no copy of them.
@usableFromInline
package struct Chosen<Base: RandomAccessCollection>: RandomAccessCollection
where Base.Index == Int {
  @usableFromInline package let base: Base
  /// Nil: all, as they are.
  @usableFromInline let places: LongList<Int>?

  @inlinable
  package init(_ base: Base, at places: LongList<Int>?) {
    self.base = base
    self.places = places
  }

  @inlinable
  package var startIndex: Int { 0 }
  @inlinable
  package var endIndex: Int { places?.count ?? base.count }

  @inlinable
  package subscript(index: Int) -> Base.Element { base[place(index)] }

  /// Where an element stands in `base`.
  @inlinable
  package func place(_ index: Int) -> Int { places?[index] ?? index }
}

extension LongList<Int> {
  /// These places of a choice, as places of all; nil: the choice is all.
  package func places(of choice: LongList<Int>?) throws -> LongList<Int> {
    guard let choice else { return self }
    return try LongList(storing: lazy.map { choice[$0] })
  }
}

extension Chosen: Sendable where Base: Sendable {}
