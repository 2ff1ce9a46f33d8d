/// Words in pieces, the counts of their adjacent pairs, and a queue of the most frequent ones.
///
/// Counts in the queue grow stale as words change; they are looked up when a pair comes to the top.
/// This is the algorithm of Hugging Face's `BpeTrainer`, in the order that makes its results: a pair
/// that has been merged may come up again where another merge made one of its parts anew, and its
/// rank is then the later one.
struct PairLearner {
  typealias Merge = SubwordTokenizer.Merge

  private var words: [[Int32]]
  private let counts: [Int]
  private var pairCounts: [UInt64: Int] = [:]
  private var queue = PriorityQueue<Entry>()
  /// The words that each entry of the queue speaks of, ascending.
  private var places: [[Int32]] = []
  /// Where the pair that is about to be applied stands.
  private var currentPlaces: [Int32] = []
  private var learnt: [Merge] = []

  private struct Entry: Comparable {
    let count: Int
    let pair: UInt64
    let slot: Int

    // The most frequent first, then the smaller ids.
    static func < (a: Entry, b: Entry) -> Bool {
      if a.count != b.count { return a.count > b.count }
      return (a.pair, a.slot) < (b.pair, b.slot)
    }
  }

  init(words: [[Int32]], counts: [Int]) {
    self.words = words
    self.counts = counts
    var places: [UInt64: [Int32]] = [:]
    for (index, word) in words.enumerated() {
      for position in word.indices.dropFirst() {
        let pair = Merge(word[position - 1], word[position]).key
        pairCounts[pair, default: 0] += counts[index]
        Self.note(Int32(index), in: &places[pair, default: []])
      }
    }
    enqueue(places)
  }

  /// The merges so far, each once, by falling priority.
  var merges: [Merge] {
    var seen: Set<Merge> = []
    return Array(learnt.reversed().filter { seen.insert($0).inserted }.reversed())
  }

  /// The pair to merge next; nil if none is left that is frequent enough.
  mutating func mostFrequent(atLeast minimum: Int) -> Merge? {
    while let entry = queue.popFirst() {
      let count = pairCounts[entry.pair, default: 0]
      guard count == entry.count else {
        queue.insert(Entry(count: count, pair: entry.pair, slot: entry.slot))
        continue
      }
      guard count >= max(1, minimum) else { return nil }
      swap(&currentPlaces, &places[entry.slot])
      places[entry.slot] = []
      return Merge(
        Int32(truncatingIfNeeded: entry.pair >> 32), Int32(truncatingIfNeeded: entry.pair))
    }
    return nil
  }

  /// Merges the pair that `mostFrequent` returned, wherever it stands.
  mutating func apply(_ merge: Merge, result: Int32) {
    learnt.append(merge)
    var added: [UInt64: [Int32]] = [:]
    for index in currentPlaces {
      let count = counts[Int(index)]
      let word = words[Int(index)]
      var merged: [Int32] = []
      merged.reserveCapacity(word.count)
      func change(_ left: Int32, _ right: Int32, by sign: Int) {
        let pair = Merge(left, right).key
        pairCounts[pair, default: 0] += sign * count
        if sign > 0 { Self.note(index, in: &added[pair, default: []]) }
      }
      var position = 0
      while position < word.count {
        guard position + 1 < word.count, word[position] == merge.left,
          word[position + 1] == merge.right
        else {
          merged.append(word[position])
          position += 1
          continue
        }
        if let before = merged.last {
          change(before, merge.left, by: -1)
          change(before, result, by: 1)
        }
        if position + 2 < word.count {
          change(merge.right, word[position + 2], by: -1)
          change(result, word[position + 2], by: 1)
        }
        merged.append(result)
        position += 2
      }
      words[Int(index)] = merged
    }
    enqueue(added)
  }

  private mutating func enqueue(_ found: [UInt64: [Int32]]) {
    for (pair, words) in found {
      let count = pairCounts[pair, default: 0]
      guard count > 0 else { continue }
      places.append(words)
      queue.insert(Entry(count: count, pair: pair, slot: places.count - 1))
    }
  }

  private static func note(_ word: Int32, in places: inout [Int32]) {
    if places.last != word { places.append(word) }
  }
}
