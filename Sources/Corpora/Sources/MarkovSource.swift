import Compute
import Foundation

/// Text without meaning whose best possible loss is known exactly: a random Markov chain.
///
/// Each next symbol depends on the last `order` symbols. The chance of each symbol after each
/// context is drawn from the seed, most contexts favouring a few symbols. No model can have a loss
/// below `entropyRate` on such text, and one that has learnt the chain reaches it.
///
/// Same seed, order and alphabet: same bytes on every machine. Chances are multiples of 2⁻³², drawn
/// with +, ×, ÷ only, so nothing depends on a mathematics library.
///
/// Memory: 4 bytes for each of A^(order + 1) chances, at most 4 MiB. Immutable.
package struct MarkovSource: Sendable {
  /// The chances a source may have, A^(order + 1).
  static let largestTable = 1 << 20

  /// The symbols of a context, 1...5.
  package let order: Int
  /// The distinct ASCII symbols of the text.
  package let alphabet: [UInt8]
  package let seed: UInt64
  /// The lowest mean loss any model can reach, in nats a character: Σ π(context) H(next | context).
  package let entropyRate: Double

  /// `entropyRate` in bits.
  package var bitsPerCharacter: Double { entropyRate / 0.693147180559945309417232121458 }

  /// 2³² × the chance of symbol 0 to a after a context, at `context * A + a`; the last, 2³², is kept
  /// as 2³² − 1 and never looked at.
  private let thresholds: [UInt32]

  /// A source over `alphabet`, or over the first `alphabetSize` of a space and the letters a to z.
  ///
  /// Without either it takes the most symbols that fit: 27 up to order 3, 16 for 4, 10 for 5.
  /// Throws a usage `UserError` for an order outside 1...5, symbols that are not distinct printable
  /// ASCII, fewer than two of them, or more than the order allows.
  ///
  /// Cost: A^(order + 1) additions for each of some tens of iterations to the stationary
  /// distribution, at most half a second.
  package init(
    order: Int, alphabet: String? = nil, alphabetSize: Int? = nil, seed: UInt64
  ) throws {
    guard (1...5).contains(order) else {
      throw UserError.usage("a Markov source of order \(order): expected 1 to 5")
    }
    let largest = (2...27).last { Self.tableSize($0, order) <= Self.largestTable } ?? 2
    let letters = Array(" abcdefghijklmnopqrstuvwxyz".utf8)
    let symbols: [UInt8]
    if let alphabet {
      symbols = Array(alphabet.utf8)
    } else {
      let size = alphabetSize ?? largest
      guard (2...letters.count).contains(size) else {
        throw UserError.usage(
          "an alphabet of \(size) symbols: expected 2 to \(letters.count)")
      }
      symbols = Array(letters[..<size])
    }
    guard symbols.allSatisfy({ (0x20...0x7E).contains($0) }), Set(symbols).count == symbols.count,
      symbols.count >= 2
    else {
      throw UserError.usage(
        "'\(alphabet ?? "")' is no alphabet: expected two or more distinct printable ASCII symbols")
    }
    guard Self.tableSize(symbols.count, order) <= Self.largestTable else {
      throw UserError.usage(
        "\(symbols.count) symbols are too many for a Markov source of order \(order)",
        hint: "order \(order) takes up to \(largest) symbols")
    }
    self.order = order
    self.alphabet = symbols
    self.seed = seed
    thresholds = Self.draw(symbols.count, order, seed)
    entropyRate = Activity.run("measuring", "the entropy rate") { [thresholds] _ in
      Self.entropyRate(thresholds, symbols.count)
    }
  }

  /// Writes `count` characters to `url`, whole or not at all, in constant memory.
  ///
  /// The first context is the alphabet's first symbol, repeated. Throws `UserError` if the file
  /// cannot be written. Cost: about 25 ns a character.
  package func write(bytes count: Int, to url: URL) throws {
    let file = try AtomicFileWriter(url, createsFolders: true)
    let random = RandomStream(seed: seed, purpose: .generator, update: 1)
    let size = alphabet.count
    var context = 0
    let contexts = thresholds.count / size
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let writing = Activity("writing", "'\(url.path)'", total: count, unit: .bytes)
    defer { writing.end() }
    var written = 0
    while written < count {
      let length = min(block.count, count - written)
      thresholds.withUnsafeBufferPointer { thresholds in
        for start in stride(from: 0, to: length, by: 4) {
          let place = (written + start) / 4
          let words = random.words(
            row: UInt32(truncatingIfNeeded: place >> 32), block: UInt32(truncatingIfNeeded: place))
          for index in 0..<min(4, length - start) {
            let row = context * size
            var symbol = 0
            while symbol < size - 1, words[index] >= thresholds[row + symbol] { symbol += 1 }
            block[start + index] = alphabet[symbol]
            context = (row + symbol) % contexts
          }
        }
      }
      try block.withUnsafeBytes { try file.append(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
      written += length
      writing.advance(by: length)
    }
    try file.commit()
  }

  /// The mean loss in nats of this very source on `text`, from its symbol `order` on: what a perfect
  /// model would have.
  ///
  /// Throws a `UserError` if `text` holds other symbols or no more than `order`.
  package func crossEntropy(of text: [UInt8]) throws -> Double {
    let size = alphabet.count
    guard text.count > order else {
      throw UserError("\(text.count) characters are too few for a source of order \(order)")
    }
    var (context, total) = (0, 0.0)
    for (place, byte) in text.enumerated() {
      guard let symbol = alphabet.firstIndex(of: byte) else {
        throw UserError("byte \(byte) at offset \(place) is not in the alphabet of the source")
      }
      if place >= order { total -= log(Self.chance(thresholds, size, context, symbol)) }
      context = (context * size + symbol) % (thresholds.count / size)
    }
    return total / Double(text.count - order)
  }

  private static func tableSize(_ symbols: Int, _ order: Int) -> Int {
    (0...order).reduce(1) { size, _ in size > largestTable ? size : size * symbols }
  }

  private static func draw(_ size: Int, _ order: Int, _ seed: UInt64) -> [UInt32] {
    let random = RandomStream(seed: seed, purpose: .generator, update: 0)
    let contexts = (0..<order).reduce(1) { count, _ in count * size }
    var thresholds = [UInt32](repeating: 0, count: contexts * size)
    var weights = [Double](repeating: 0, count: size)
    for context in 0..<contexts {
      for symbol in 0..<size {
        let u = Double(random.uniform(row: context, index: symbol))
        let squared = u * u
        // The eighth power: a few symbols stand out. The floor keeps every chance above 0, so the
        // chain forgets its start.
        weights[symbol] = squared * squared * squared * squared + 0.002
      }
      let total = weights.reduce(0, +)
      var sum = 0.0
      for symbol in 0..<size {
        sum += weights[symbol]
        thresholds[context * size + symbol] = UInt32(min(sum / total * 0x1p32, 0x1p32 - 1))
      }
    }
    return thresholds
  }

  /// The exact chance of `symbol` after `context`.
  private static func chance(
    _ thresholds: [UInt32], _ size: Int, _ context: Int, _ symbol: Int
  ) -> Double {
    let row = context * size
    let below = symbol == 0 ? 0 : Double(thresholds[row + symbol - 1])
    let upTo = symbol == size - 1 ? 0x1p32 : Double(thresholds[row + symbol])
    return (upTo - below) * 0x1p-32
  }

  private static func entropyRate(_ thresholds: [UInt32], _ size: Int) -> Double {
    let contexts = thresholds.count / size
    let chances = (0..<thresholds.count).map { chance(thresholds, size, $0 / size, $0 % size) }
    // Power iteration to the stationary distribution. The context that ends in `symbol` after
    // `context` is (context * size + symbol) mod contexts.
    var distribution = [Double](repeating: 1 / Double(contexts), count: contexts)
    var next = distribution
    var change = 1.0
    for _ in 0..<10_000 where change > 1e-13 {
      for index in next.indices { next[index] = 0 }
      for index in chances.indices {
        next[index % contexts] += distribution[index / size] * chances[index]
      }
      change = zip(next, distribution).reduce(0) { $0 + abs($1.0 - $1.1) }
      swap(&next, &distribution)
    }
    return chances.indices.reduce(0) {
      $0 - distribution[$1 / size] * chances[$1] * log(chances[$1])
    }
  }
}
