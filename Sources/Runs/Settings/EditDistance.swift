/// How many letters were mistyped: insertions, deletions, replacements and swaps of neighbours that
/// turn one word into the other (optimal string alignment).
///
/// Cost: product of the lengths.
package func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var current = [i + 1]
    for (j, other) in b.enumerated() {
      var best = min(last[j] + (letter == other ? 0 : 1), last[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other {
        best = min(best, beforeLast[j - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[b.count]
}

/// Place of the word most likely meant by one that was mistyped; nil if none is close.
package func nearest(to typed: String, among words: [String]) -> Int? {
  // Longer than any word plus slack: not a typing mistake, and the distance would be slow.
  guard typed.unicodeScalars.count <= 64 else { return nil }
  let candidates = words.map { word in
    (distance: editDistance(typed, word), limit: max(1, word.count / 3))
  }
  let nearest = candidates.indices.min { candidates[$0].distance < candidates[$1].distance }
  return nearest.flatMap { candidates[$0].distance <= candidates[$0].limit ? $0 : nil }
}
