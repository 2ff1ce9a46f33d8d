import Foundation
import Interchange

/// chrF2 or chrF2++ of a corpus, equal to sacreBLEU's: one reference a segment.
///
/// Precision and recall of character n-grams, n = 1 ... 6, without white space, averaged over the
/// orders that occur on both sides, then their F-score with recall weighted twice. The form `++`
/// adds n-grams of one and two words, with punctuation at a word's end or start set apart.
///
/// Source: Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015), "chrF++:
/// words helping character n-grams" (2017).
package struct ChrFScore: Sendable, Equatable {
  /// 0: chrF2; 2: chrF2++.
  package let wordOrder: Int
  /// For characters 1 ... 6, then for words.
  package private(set) var counts: [NGramCounts]
  package private(set) var segmentCount = 0

  private static let characterOrder = 6
  private static let beta = 2.0

  /// chrF2, or chrF2++ with words.
  package init(withWords: Bool = false) {
    wordOrder = withWords ? 2 : 0
    counts = Array(repeating: NGramCounts(), count: Self.characterOrder + wordOrder)
  }

  /// What sacreBLEU prints for the same choices; the version is the one these scores are tested with.
  package var signature: String {
    "nrefs:1|case:mixed|eff:yes|nc:\(Self.characterOrder)|nw:\(wordOrder)|space:no|version:2.6.0"
  }

  /// Takes one translated segment into account.
  package mutating func add(reference: String, hypothesis: String) {
    let (first, second) = (Self.words(hypothesis), Self.words(reference))
    var found = NGramCounts.segment(
      hypothesis: first.joined().map { Int32($0.value) },
      reference: second.joined().map { Int32($0.value) }, orders: Self.characterOrder)
    if wordOrder > 0 {
      var numbers = WordNumbers()
      found += NGramCounts.segment(
        hypothesis: numbers.number(first.flatMap(Self.withoutPunctuation)),
        reference: numbers.number(second.flatMap(Self.withoutPunctuation)), orders: wordOrder)
    }
    for (order, count) in found.enumerated() {
      counts[order] += count
      // sacreBLEU does not count n-grams of an order that the segment's reference lacks.
      if count.reference == 0 { counts[order].hypothesis -= count.hypothesis }
    }
    segmentCount += 1
  }

  /// 0 ... 100.
  package var score: Double {
    var (precision, recall, orders) = (0.0, 0.0, 0.0)
    for count in counts where count.hypothesis > 0 && count.reference > 0 {
      precision += Double(count.shared) / Double(count.hypothesis)
      recall += Double(count.shared) / Double(count.reference)
      orders += 1
    }
    guard precision + recall > 0 else { return 0 }
    precision /= orders
    recall /= orders
    let factor = Self.beta * Self.beta
    return 100 * (1 + factor) * precision * recall / (factor * precision + recall)
  }

  /// The line that sacreBLEU prints.
  package var report: String {
    let name = "chrF2" + String(repeating: "+", count: wordOrder)
    return "\(name)|\(signature) = \(String(format: "%.2f", score))"
  }

  private static func words(_ text: String) -> [[Unicode.Scalar]] {
    text.unicodeScalars.split(whereSeparator: \.separatesWords).map(Array.init)
  }

  /// Cuts one punctuation mark off the end of a word, or else off its start.
  private static func withoutPunctuation(_ word: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    guard word.count > 1 else { return [word] }
    let last = word.count - 1
    if isPunctuation(word[last]) { return [Array(word[..<last]), [word[last]]] }
    if isPunctuation(word[0]) { return [[word[0]], Array(word[1...])] }
    return [word]
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
    default: false
    }
  }
}
