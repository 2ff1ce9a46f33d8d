import Compute

/// Which of many texts are equal.
package enum EqualTexts {
  /// Memory that a text takes in a table of digests.
  private static let tableBytes = 40

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
    _ texts: some Collection<String>, budget: Int = 256 << 20
  ) throws -> (count: Int, groups: LongList<Int>) {
    var digests = LongList<UInt64>()
    for text in texts {
      var digest = ContentDigest()
      digest.update(text)
      try digests.append(digest.value)
    }
    let passes = UInt64(digests.count * tableBytes / budget + 1)
    // The first text that is equal to each, pass after pass.
    var firsts = LongList<Int>()
    var next: [Int] = []
    for pass in 0..<passes {
      next.append(firsts.count)
      var places: [UInt64: Int] = [:]
      for (place, digest) in digests.enumerated() where digest % passes == pass {
        let first = places[digest] ?? place
        places[digest] = first
        try firsts.append(first)
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
