import Compute

/// Which of many texts are equal.
package enum EqualTexts {
  /// How many different texts there are, and which one each is, numbered in the order in which they appear.
  ///
  /// Texts are told apart by digests of 64 bits: of a hundred million different ones some two are taken for
  /// one with a chance of 1 in 3,700. Each text is read once.
  ///
  /// Memory: a table of the digests. Of more than fit into `budget` bytes there are several passes, each
  /// over those that leave one remainder. 24 bytes a text are stored.
  ///
  /// Throws a `UserError` where the disk has no room.
  package static func groups(
    _ texts: some Collection<String>, budget: Int = 512 << 20
  ) throws -> (count: Int, groups: LongList<Int>) {
    var digests = LongList<UInt64>()
    for text in texts {
      var digest = ContentDigest()
      digest.update(text)
      try digests.append(digest.value)
    }
    let passes = UInt64(digests.count * FirstPlaces.bytes / budget + 1)
    var sizes = [Int](repeating: 0, count: Int(passes))
    for digest in digests { sizes[Int(digest % passes)] += 1 }
    // The first text that is equal to each, pass after pass.
    var firsts = LongList<Int>()
    var next: [Int] = []
    for pass in 0..<passes {
      next.append(firsts.count)
      let table = FirstPlaces(capacity: sizes[Int(pass)])
      for (place, digest) in digests.enumerated() where digest % passes == pass {
        try firsts.append(table.first(of: digest, at: place))
      }
    }
    var (count, groups) = (0, LongList<Int>())
    for (place, digest) in digests.enumerated() {
      let pass = Int(digest % passes)
      let first = firsts[next[pass]]
      next[pass] += 1
      try groups.append(first == place ? count : groups[first])
      count += first == place ? 1 : 0
    }
    return (count, groups)
  }
}

/// Where digests stand for the first time: slots with linear probing, at most two thirds full.
private struct FirstPlaces {
  /// That a digest takes.
  static let bytes = 24

  /// 0: a free slot.
  private let digests: AlignedBuffer<UInt64>
  private let places: AlignedBuffer<Int>

  /// - Parameter capacity: digests at most.
  init(capacity: Int) {
    digests = AlignedBuffer(count: capacity + capacity / 2 + 1)
    places = AlignedBuffer(count: digests.count)
  }

  /// Where `digest` was met first: at `place`, if never before.
  func first(of digest: UInt64, at place: Int) -> Int {
    let (digests, places, count) = (digests.base, places.base, digests.count)
    let key = max(digest, 1)
    // The high bits choose, since the remainder is the same in a pass.
    var slot = Int(key.multipliedFullWidth(by: UInt64(count)).high)
    while digests[slot] != key {
      if digests[slot] == 0 {
        (digests[slot], places[slot]) = (key, place)
        return place
      }
      slot = slot + 1 == count ? 0 : slot + 1
    }
    return places[slot]
  }
}
