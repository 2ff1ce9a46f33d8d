/// How many characters of a text each subword spells, so that models of other tokens can be compared by bits a
/// character.
///
/// A character counts where its first byte is. The space that a tokenizer puts before a line, and behind an
/// added piece, is no character of the text; one that was there already is not told from it.
package struct SubwordLengths: Sendable {
  private let counts: [Int32]
  /// Whether a subword ends what the tokenizer takes for a text, and whether one begins with the space that
  /// it puts before one.
  private let endsText: [Bool]
  private let beginsWithAddedSpace: [Bool]

  package init(_ tokenizer: SubwordTokenizer) {
    let parts = tokenizer.parts
    let added = Set(parts.added.map(\.id))
    let bytes = parts.pieces.enumerated().map { id, piece in
      added.contains(Int32(id)) ? Array(piece.utf8) : ByteAlphabet.bytes(of: piece) ?? []
    }
    counts = bytes.map { Int32($0.count { $0 & 0xC0 != 0x80 }) }
    endsText = bytes.enumerated().map { $1.last == 0x0A || added.contains(Int32($0)) }
    let addsSpace = parts.splitting == .byteLevel(addsPrefixSpace: true)
    beginsWithAddedSpace = bytes.map { addsSpace && $0.first == 0x20 }
  }

  /// The characters of tokens that follow a token; nil: they begin a text.
  package func characters(
    of ids: UnsafeBufferPointer<Int32>, after previous: Int32?
  ) -> Int {
    var count = 0
    var isStart = previous.map { endsText[Int($0)] } ?? true
    for id in ids {
      count += Int(counts[Int(id)])
      if isStart, beginsWithAddedSpace[Int(id)] { count -= 1 }
      isStart = endsText[Int(id)]
    }
    return count
  }
}
