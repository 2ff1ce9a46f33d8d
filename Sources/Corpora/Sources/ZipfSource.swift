import Compute
import Foundation

/// Lines of words without meaning from a vocabulary of any size, whose best possible loss is known exactly.
///
/// A number r in 1 … N is drawn with a chance proportional to 1 / r. The words stand in bands: 1 … 63,
/// 64 … 4095, and so on; r gives a band and a place in it, and the class of the word before, one of 64,
/// says by how much the places of the band are turned. So words are about as frequent as Zipf's law has
/// it, which of a band's words are frequent now depends on the word before, and whatever that is, the next
/// word's entropy is that of r. A line ends behind each word with the chance 1/16.
///
/// With H the entropy of r, h that of whether a line ends, and q = 1/16: no model has a loss below
/// (H + h) / (1 + q) nats a token, ends of lines included, and one that has learnt the classes and the
/// turns reaches it.
///
/// Same seed and number of words: same bytes on every machine. Chances are multiples of 2⁻⁴⁸, drawn with
/// +, ×, ÷ only, so nothing depends on a mathematics library. Memory: 8 bytes a word.
package struct ZipfSource: Sendable {
  package static let mostTypes = 1 << 26

  /// N: distinct words.
  package let types: Int
  package let seed: UInt64
  /// The lowest mean loss that a model can reach, in nats a token, ends of lines included.
  package let entropyRate: Double

  private static let classes = 64
  /// A band ends where the next power of this begins.
  private static let band = 64
  /// 2³² × the chance that a line ends behind a word.
  private static let lineEnd: UInt32 = 1 << 28
  private static let linesAPiece = 4096

  /// 2⁴⁸ × the chance of 1 … r, at r - 1.
  private let sums: [UInt64]
  /// For each of the first 16 bits of a number below 2⁴⁸, the first place where it can lie.
  private let guide: [Int32]

  /// Throws a usage `UserError` for fewer than 2 or more than 2²⁶ words. Cost: some 10 ns a word.
  package init(types: Int, seed: UInt64) throws {
    guard (2...Self.mostTypes).contains(types) else {
      throw UserError.usage("--types \(types): expected 2 to \(Self.mostTypes)")
    }
    self.types = types
    self.seed = seed
    // From the small ones on, so that none is lost.
    let total = (1...types).reversed().reduce(0.0) { $0 + 1 / Double($1) }
    let share = 0x1p48 / total
    var sum: UInt64 = 0
    var sums = [UInt64](repeating: 0, count: types)
    for rank in 1...types {
      sum += UInt64(share / Double(rank))
      sums[rank - 1] = sum
    }
    // What rounding down has left is the last one's.
    sums[types - 1] = 1 << 48
    self.sums = sums
    var guide = [Int32](repeating: 0, count: 1 << 16)
    var place = 0
    for start in guide.indices {
      while sums[place] <= UInt64(start) << 32 { place += 1 }
      guide[start] = Int32(place)
    }
    self.guide = guide
    let entropy = (0..<types).reduce(0.0) { $0 - Self.term(Self.chance(sums, $1)) }
    let end = Double(Self.lineEnd) * 0x1p-32
    entropyRate = (entropy - Self.term(end) - Self.term(1 - end)) / (1 + end)
  }

  private static func term(_ chance: Double) -> Double { chance > 0 ? chance * log(chance) : 0 }

  private static func chance(_ sums: [UInt64], _ index: Int) -> Double {
    Double(sums[index] - (index == 0 ? 0 : sums[index - 1])) * 0x1p-48
  }

  /// How probable word `next` (from 0, the first is `a`) is behind another, or where a line begins; nil for the
  /// end of the line.
  package func chance(of next: Int?, after word: Int?) -> Double {
    let end = Double(Self.lineEnd) * 0x1p-32
    guard let next else { return word == nil ? 0 : end }
    let (start, size) = bandOf(next)
    let turn = turn(after: word, start: start, size: size)
    let drawn = start + (next - start + size - turn) % size
    return Self.chance(sums, drawn) * (word == nil ? 1 : 1 - end)
  }

  /// The spelling of a word: `a` … `z`, `aa` …
  package static func spelling(_ word: Int) -> String {
    var text: [UInt8] = []
    append(word, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Writes lines to `url` until they have `size` bytes or a little more, whole or not at all, on many cores.
  ///
  /// Returns the tokens written, ends of lines included. Throws `UserError` if the file cannot be written.
  package func write(bytes size: Int, to url: URL, threads: Int) throws -> Int {
    let file = try AtomicFileWriter(url, createsFolders: true)
    var (piece, tokens) = (0, 0)
    struct IsLongEnough: Error {}
    let writing = Activity("writing", "'\(url.path)'", total: size, unit: .bytes)
    defer { writing.end() }
    do {
      try OrderedWork.run(threads: min(threads, 16)) {
        Lines()
      } read: { _ in
        defer { piece += 1 }
        return piece
      } work: { lines, piece in
        lines.clear()
        for line in piece * Self.linesAPiece..<(piece + 1) * Self.linesAPiece {
          append(line: line, to: &lines)
        }
        return lines
      } take: { lines in
        let left = size - file.count
        let last = lines.ends.firstIndex { $0.bytes >= left }
        let end = lines.ends[last ?? lines.ends.count - 1]
        try lines.text.withUnsafeBytes {
          try file.append(UnsafeRawBufferPointer(rebasing: $0[..<end.bytes]))
        }
        tokens += end.tokens
        writing.advance(by: end.bytes)
        if last != nil { throw IsLongEnough() }
      }
    } catch is IsLongEnough {}
    try file.commit()
    return tokens
  }

  /// Some lines, and where each ends.
  private struct Lines {
    var text: [UInt8] = []
    var ends: [(bytes: Int, tokens: Int)] = []
    var tokens = 0

    mutating func clear() {
      text.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
      tokens = 0
    }
  }

  private func append(line: Int, to lines: inout Lines) {
    let random = RandomStream(
      seed: seed, purpose: RandomPurpose(4, layer: 201), update: line >> 32)
    var word: Int?
    var index: UInt32 = 0
    while true {
      let words = random.words(row: UInt32(truncatingIfNeeded: line), block: index)
      let next = draw(UInt64(words[0]) << 16 | UInt64(words[1] >> 16), after: word)
      Self.append(next, to: &lines.text)
      lines.tokens += 1
      index += 1
      word = next
      // A line of more than four thousand words would take 10¹¹⁰ lines to come by.
      if words[2] < Self.lineEnd || index == 4096 { break }
      lines.text.append(0x20)
    }
    lines.text.append(0x0A)
    lines.tokens += 1
    lines.ends.append((lines.text.count, lines.tokens))
  }

  /// - Parameter number: uniform below 2⁴⁸.
  private func draw(_ number: UInt64, after word: Int?) -> Int {
    var place = Int(guide[Int(number >> 32)])
    var end = number >> 32 == 0xFFFF ? types - 1 : Int(guide[Int(number >> 32) + 1])
    while place < end {
      let middle = (place + end) / 2
      if sums[middle] > number { end = middle } else { place = middle + 1 }
    }
    let (start, size) = bandOf(place)
    return start + (place - start + turn(after: word, start: start, size: size)) % size
  }

  /// The first word of a word's band, and how many there are.
  private func bandOf(_ word: Int) -> (start: Int, size: Int) {
    var start = 1
    while (word + 1) / Self.band >= start { start *= Self.band }
    // Ranks from a power to below the next one; the first word has rank 1.
    return (start - 1, min(start * (Self.band - 1), types - start + 1))
  }

  /// By how much a band is turned behind a word.
  private func turn(after word: Int?, start: Int, size: Int) -> Int {
    let group = word.map { 1 + Int(Self.mixed(UInt64($0), seed) % UInt64(Self.classes)) } ?? 0
    return Int(Self.mixed(UInt64(group) << 32 | UInt64(start), seed &+ 1) % UInt64(size))
  }

  /// The finalizer of SplitMix64.
  private static func mixed(_ value: UInt64, _ seed: UInt64) -> UInt64 {
    var bits = value &+ (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  private static func append(_ word: Int, to text: inout [UInt8]) {
    var (number, digits) = (word, 1)
    var count = 26
    while number >= count {
      number -= count
      count *= 26
      digits += 1
    }
    let start = text.count
    text.append(contentsOf: repeatElement(0x61, count: digits))
    for place in (start..<start + digits).reversed() {
      text[place] = 0x61 + UInt8(number % 26)
      number /= 26
    }
  }
}
