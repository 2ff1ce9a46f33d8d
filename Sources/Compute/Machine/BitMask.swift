/// Numbers of processors or memory nodes as the system takes them: a bit each.
struct BitMask {
  let words: [UInt]

  init(_ numbers: [Int]) {
    var words = [UInt](repeating: 0, count: (numbers.max() ?? 0) / UInt.bitWidth + 1)
    for number in numbers { words[number / UInt.bitWidth] |= 1 << (number % UInt.bitWidth) }
    self.words = words
  }
}
