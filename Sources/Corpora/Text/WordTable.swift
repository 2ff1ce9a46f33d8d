/// Words by their bytes: an open-addressing table that gives each distinct word the next index.
///
/// A slot holds the word's first eight bytes, so nearly every look-up touches one slot and nothing
/// else; only words longer than eight bytes are compared in the arena. Linear probing, at most five
/// eighths full. Words are compared as bytes: Swift's `String` equality would merge canonically equivalent
/// spellings that a corpus keeps apart.
///
/// Cost: a look-up is one multiplication and one cache line for short words. 16 bytes a slot, and
/// 8 bytes plus its own bytes a word.
package struct WordTable: Sendable {
  private struct Slot {
    /// The first eight bytes, little-endian, zeros beyond the end.
    var prefix: UInt64 = 0
    var length: UInt32 = 0
    /// The word's index + 1; 0 marks a free slot.
    var number: UInt32 = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 1 << 10)
  private var arena: [UInt8] = []
  /// Where each word begins in `arena`, and the arena's end.
  private var starts = [0]

  package init() {}

  /// The number of words.
  package var count: Int { starts.count - 1 }

  /// The bytes of the word `index`.
  package func bytes(_ index: Int) -> ArraySlice<UInt8> { arena[starts[index]..<starts[index + 1]] }

  /// The index of `word`, or nil. `prefix` is `WordScanner.prefix` of it.
  @inline(__always)
  func index(of word: UnsafePointer<UInt8>, length: Int, prefix: UInt64) -> Int? {
    slots.withUnsafeBufferPointer { slots in
      let slot = find(word, length, prefix, in: slots)
      let number = slots[slot].number
      return number == 0 ? nil : Int(number) - 1
    }
  }

  /// The index of `word`, which is added if it is new.
  @inline(__always)
  mutating func insert(
    _ word: UnsafePointer<UInt8>, length: Int, prefix: UInt64
  ) -> Int {
    let (slot, number) = slots.withUnsafeBufferPointer { slots in
      let slot = find(word, length, prefix, in: slots)
      return (slot, slots[slot].number)
    }
    if number != 0 { return Int(number) - 1 }
    return add(word, length, prefix, slot)
  }

  /// Forgets all words, and keeps the memory.
  mutating func removeAll() {
    for index in slots.indices { slots[index] = Slot() }
    arena.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    starts.append(0)
  }

  /// Calls `body` with the index of each word, its bytes, their number and its `WordScanner.prefix`.
  func forEach(_ body: (Int, UnsafePointer<UInt8>, Int, UInt64) -> Void) {
    arena.withUnsafeBufferPointer { arena in
      guard let base = arena.baseAddress else { return }
      for index in 0..<count {
        let (word, length) = (base + starts[index], starts[index + 1] - starts[index])
        body(index, word, length, WordScanner.prefix(word, length))
      }
    }
  }

  /// The slot that holds the word, or the free slot where it belongs.
  @inline(__always)
  private func find(
    _ word: UnsafePointer<UInt8>, _ length: Int, _ prefix: UInt64,
    in slots: UnsafeBufferPointer<Slot>
  ) -> Int {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: Self.hash(word, length, prefix)) & mask
    while true {
      let slot = slots[index]
      if slot.number == 0 { return index }
      if slot.prefix == prefix && slot.length == UInt32(truncatingIfNeeded: length)
        && (length <= 8 || isEqual(word, length, to: Int(slot.number) - 1))
      {
        return index
      }
      index = (index + 1) & mask
    }
  }

  private func isEqual(_ word: UnsafePointer<UInt8>, _ length: Int, to index: Int) -> Bool {
    let start = starts[index]
    return arena.withUnsafeBufferPointer { arena in
      for offset in 8..<length where arena[start + offset] != word[offset] { return false }
      return true
    }
  }

  @inline(never)
  private mutating func add(
    _ word: UnsafePointer<UInt8>, _ length: Int, _ prefix: UInt64, _ slot: Int
  ) -> Int {
    let index = count
    slots[slot] = Slot(prefix: prefix, length: UInt32(length), number: UInt32(index + 1))
    arena.append(contentsOf: UnsafeBufferPointer(start: word, count: length))
    starts.append(arena.count)
    if 8 * count > 5 * slots.count { grow() }
    return index
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: 2 * old.count)
    let mask = slots.count - 1
    arena.withUnsafeBufferPointer { arena in
      guard let base = arena.baseAddress else { return }
      for slot in old where slot.number != 0 {
        let word = base + starts[Int(slot.number) - 1]
        var index =
          Int(truncatingIfNeeded: Self.hash(word, Int(slot.length), slot.prefix)) & mask
        while slots[index].number != 0 { index = (index + 1) & mask }
        slots[index] = slot
      }
    }
  }

  /// Folds the word eight bytes at a time with full-width products (the idea of wyhash).
  @inline(__always)
  private static func hash(
    _ word: UnsafePointer<UInt8>, _ length: Int, _ prefix: UInt64
  ) -> UInt64 {
    var hash = mix(prefix ^ 0x9E37_79B9_7F4A_7C15, UInt64(length) ^ 0xD6E8_FEB8_6659_FD93)
    if length > 8 {
      let raw = UnsafeRawPointer(word)
      var position = 8
      while position + 8 < length {
        hash = mix(hash ^ load(raw + position), 0xA076_1D64_78BD_642F)
        position += 8
      }
      // The last eight bytes, overlapping what was folded already: no tail to mask.
      hash = mix(hash ^ load(raw + (length - 8)), 0xE703_7ED1_A0B4_28DB)
    }
    return hash
  }

  @inline(__always)
  private static func load(_ pointer: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}

extension WordTable {
  /// The index of `word`, or nil.
  package func index(of word: some Collection<UInt8>) -> Int? {
    let found = word.withContiguousStorageIfAvailable { word -> Int? in
      guard let start = word.baseAddress, !word.isEmpty else { return nil }
      return index(
        of: start, length: word.count, prefix: WordScanner.prefix(start, word.count))
    }
    return found ?? index(of: ContiguousArray(word))
  }

  /// The index of `word`, which is added if it is new; it must not be empty.
  package mutating func insert(_ word: [UInt8]) -> Int {
    word.withUnsafeBufferPointer { word in
      guard let start = word.baseAddress else { preconditionFailure("an empty word") }
      return insert(start, length: word.count, prefix: WordScanner.prefix(start, word.count))
    }
  }
}
