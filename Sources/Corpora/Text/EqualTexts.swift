import Compute

/// Which of many texts are equal.
package enum EqualTexts {
  /// Memory that a text takes in a table, beside its bytes.
  private static let overhead = 48

  /// How many different texts there are, and which one each is, numbered in the order in which they appear.
  ///
  /// Memory: a table of the texts. Of more than fit into `budget` bytes there are several passes, each over
  /// those whose digest leaves one remainder. 16 bytes a text are stored.
  ///
  /// Throws a `UserError` where the disk has no room.
  package static func groups(
    _ texts: some Collection<String>, budget: Int = 256 << 20
  ) throws -> (count: Int, groups: LongList<Int32>) {
    var digests = LongList<UInt64>()
    var size = 0
    for text in texts {
      var digest = ContentDigest()
      digest.update(text)
      try digests.append(digest.value)
      size += text.utf8.count + overhead
    }
    let passes = UInt64(size / budget + 1)
    // The first text that is equal to each, pass after pass.
    var firsts = LongList<Int32>()
    var next: [Int] = []
    for pass in 0..<passes {
      next.append(firsts.count)
      var (table, places) = (WordTable(), [Int32]())
      for (place, text) in zip(digests.indices, texts) where digests[place] % passes == pass {
        let word = table.insert(Array(text.utf8))
        if word == places.count { places.append(Int32(place)) }
        try firsts.append(places[word])
      }
    }
    var (count, groups) = (0, LongList<Int32>())
    for (place, digest) in digests.enumerated() {
      let pass = Int(digest % passes)
      let first = Int(firsts[next[pass]])
      next[pass] += 1
      try groups.append(first == place ? Int32(count) : groups[first])
      count += first == place ? 1 : 0
    }
    return (count, groups)
  }
}
