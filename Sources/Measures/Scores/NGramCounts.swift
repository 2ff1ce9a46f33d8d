/// How many n-grams of one order a hypothesis and its references have, and how many they share.
package struct NGramCounts: Sendable, Equatable {
  package internal(set) var hypothesis = 0
  package internal(set) var reference = 0
  /// Those of the hypothesis that the reference has too, each at most as often as there.
  package internal(set) var shared = 0

  /// The counts of one segment for the orders 1 ... `orders`. Symbols are equal or not, nothing more.
  ///
  /// Cost: linear in the lengths for each order.
  static func segment(
    hypothesis: [Int32], reference: [Int32], orders: Int
  ) -> [NGramCounts] {
    // The n-gram at a place is named by the (n-1)-gram there and the symbol after it, so that its
    // name costs the same for every order.
    var (first, second) = (hypothesis, reference)
    return (1...orders).map { order in
      var names: [SIMD2<Int32>: Int32] = [:]
      func extend(_ grams: inout [Int32], _ symbols: [Int32]) {
        guard order > 1 else { return }
        let count = max(0, symbols.count - order + 1)
        grams = (0..<count).map { place in
          let key = SIMD2(grams[place], symbols[place + order - 1])
          if let name = names[key] { return name }
          let name = Int32(names.count)
          names[key] = name
          return name
        }
      }
      extend(&first, hypothesis)
      extend(&second, reference)
      var rest: [Int32: Int] = [:]
      for gram in second { rest[gram, default: 0] += 1 }
      var counts = NGramCounts()
      counts.hypothesis = first.count
      counts.reference = second.count
      for gram in first {
        if let left = rest[gram], left > 0 {
          counts.shared += 1
          rest[gram] = left - 1
        }
      }
      return counts
    }
  }

  static func += (a: inout NGramCounts, b: NGramCounts) {
    a.hypothesis += b.hypothesis
    a.reference += b.reference
    a.shared += b.shared
  }
}

/// Numbers for words, compared by their code points.
struct WordNumbers {
  private var numbers: [[UInt32]: Int32] = [:]

  mutating func number(_ words: [[Unicode.Scalar]]) -> [Int32] {
    words.map { word in
      let key = word.map(\.value)
      if let number = numbers[key] { return number }
      let number = Int32(numbers.count)
      numbers[key] = number
      return number
    }
  }
}

extension Unicode.Scalar {
  /// White space as Python's `str.split` sees it: Unicode's, and four control characters.
  var separatesWords: Bool {
    switch value {
    case 0x20, 0x09...0x0D, 0x1C...0x1F: true
    case 0..<0x80: false
    default: properties.isWhitespace
    }
  }
}
