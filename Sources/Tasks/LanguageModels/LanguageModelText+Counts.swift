import Compute
import Corpora

extension LanguageModelText {
  /// How often each token stands in the text, or, of a text of more than 64 million tokens, in stretches
  /// of 4,096 spread evenly over it that have as many together.
  var tokenCounts: [Int] {
    var counts = [Int](repeating: 0, count: vocabulary.count)
    let buffer = AlignedBuffer<Int32>(count: Self.stretch)
    let stretches = (tokens.count + Self.stretch - 1) / Self.stretch
    let counted = min(stretches, Self.mostStretches)
    for index in 0..<counted {
      let start = index * stretches / counted * Self.stretch
      let stretch = start..<min(start + Self.stretch, tokens.count)
      tokens.copy(stretch, into: buffer.base)
      for token in 0..<stretch.count { counts[Int(buffer.base[token])] += 1 }
    }
    return counts
  }

  /// The characters that some tokens spell; nil where tokens have not lengths of their own.
  func characters(_ range: Range<Int>) -> Int? {
    guard let lengths = vocabulary.subwords.map(SubwordLengths.init) else { return nil }
    let buffer = AlignedBuffer<Int32>(count: Self.stretch)
    return stride(from: range.lowerBound, to: range.upperBound, by: Self.stretch).reduce(0) {
      let stretch = $1..<min($1 + Self.stretch, range.upperBound)
      tokens.copy(stretch, into: buffer.base)
      return $0
        + lengths.characters(
          of: UnsafeBufferPointer(start: buffer.base, count: stretch.count),
          after: $1 > 0 ? tokens[$1 - 1] : nil)
    }
  }

  private static var stretch: Int { 4096 }
  private static var mostStretches: Int { 1 << 14 }
}
