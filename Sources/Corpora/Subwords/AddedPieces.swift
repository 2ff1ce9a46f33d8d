/// Finds added pieces in a text, as Hugging Face's tokenizers library does.
///
/// Pieces that are not `isNormalized` are found first, the others in what is left. In each pass the
/// leftmost piece is taken, of those that begin at one place the longest.
struct AddedPieces: Sendable {
  /// A stretch of a text: a piece, or text between pieces.
  struct Part: Equatable {
    let range: Range<Int>
    let id: Int32?
  }

  private struct Candidate: Sendable {
    let bytes: [UInt8]
    let piece: SubwordTokenizer.AddedPiece
  }

  /// The pieces of each pass by first byte, the longest first. A pass without a piece is left out.
  private let passes: [[[Candidate]]]

  init(_ parts: SubwordTokenizer.Parts) {
    let candidates = parts.added.map {
      Candidate(bytes: Array(parts.pieces[Int($0.id)].utf8), piece: $0)
    }
    passes = [false, true].compactMap { isNormalized in
      let found = candidates.filter { $0.piece.isNormalized == isNormalized }
      guard !found.isEmpty else { return nil }
      return found.sorted { $0.bytes.count > $1.bytes.count }
        .reduce(into: [[Candidate]](repeating: [], count: 256)) {
          $0[Int($1.bytes[0])].append($1)
        }
    }
  }

  /// Cuts `text`, which must be well-formed UTF-8, into pieces and what stands between them.
  func split(_ text: UnsafeBufferPointer<UInt8>) -> [Part] {
    passes.reduce([Part(range: 0..<text.count, id: nil)]) { parts, pass in
      parts.flatMap { part in
        part.id == nil ? Self.split(text, part.range, pass) : [part]
      }
    }
  }

  private static func split(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ pass: [[Candidate]]
  ) -> [Part] {
    // What stands beside a stretch is not seen from inside it.
    let text = UnsafeBufferPointer(rebasing: text[..<range.upperBound])
    var parts: [Part] = []
    var (start, position) = (range.lowerBound, range.lowerBound)
    while position < text.count {
      let candidates = pass[Int(text[position])]
      guard !candidates.isEmpty,
        let found = candidates.first(where: { text[position...].starts(with: $0.bytes) })
      else {
        position += 1
        continue
      }
      var place = position..<position + found.bytes.count
      position = place.upperBound
      // A piece that may not stand here hides shorter ones that begin inside it all the same.
      if found.piece.isSingleWord, isBesideWord(text, place, from: range.lowerBound) { continue }
      if found.piece.stripsLeft {
        place = spaceBefore(text, place.lowerBound, from: start)..<place.upperBound
      }
      if found.piece.stripsRight { place = place.lowerBound..<spaceBehind(text, place.upperBound) }
      if start < place.lowerBound { parts.append(Part(range: start..<place.lowerBound, id: nil)) }
      parts.append(Part(range: place, id: found.piece.id))
      start = place.upperBound
      // White space that the piece has taken may begin no other.
      position = max(position, start)
    }
    if start < text.count { parts.append(Part(range: start..<text.count, id: nil)) }
    return parts
  }

  // MARK: What stands beside a place

  private static func isBesideWord(
    _ text: UnsafeBufferPointer<UInt8>, _ place: Range<Int>, from start: Int
  ) -> Bool {
    let before = scalarStart(text, before: place.lowerBound, from: start)
    return before.map { scalar(text, $0).isOfWord } ?? false
      || place.upperBound < text.count && scalar(text, place.upperBound).isOfWord
  }

  /// Where the white space begins that ends at `end`.
  private static func spaceBefore(
    _ text: UnsafeBufferPointer<UInt8>, _ end: Int, from start: Int
  ) -> Int {
    var end = end
    while let before = scalarStart(text, before: end, from: start),
      scalar(text, before).properties.isWhitespace
    {
      end = before
    }
    return end
  }

  /// Where the white space ends that begins at `start`.
  private static func spaceBehind(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    var start = start
    while start < text.count, case let next = scalar(text, start), next.properties.isWhitespace {
      start += next.utf8.count
    }
    return start
  }

  private static func scalarStart(
    _ text: UnsafeBufferPointer<UInt8>, before end: Int, from start: Int
  ) -> Int? {
    guard end > start else { return nil }
    var position = end - 1
    while position > start, text[position] & 0xC0 == 0x80 { position -= 1 }
    return position
  }

  private static func scalar(
    _ text: UnsafeBufferPointer<UInt8>, _ position: Int
  ) -> Unicode.Scalar {
    guard let start = text.baseAddress else { return "\u{FFFD}" }
    return Unicode.Scalar(decodeScalar(start + position).scalar) ?? "\u{FFFD}"
  }
}

extension Unicode.Scalar {
  /// What `\w` of regular expressions stands for (Unicode Technical Standard 18, annex C).
  fileprivate var isOfWord: Bool {
    if properties.isAlphabetic || properties.isJoinControl { return true }
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: false
    }
  }
}
