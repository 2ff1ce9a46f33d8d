/// How many letters were mistyped: insertions, deletions, replacements and swaps of neighbours that
/// turn one word into the other (optimal string alignment).
///
/// Cost: product of the lengths.
func editDistance(_ a: String, _ b: String) -> Int {
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
