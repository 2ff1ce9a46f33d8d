/// What a tokenizer's file says beside its pieces and the id of unknown ones.
struct SubwordRules: Codable {
  /// Two ids a merge, in the order in which they are applied.
  private let merges: [Int32]
  private let added: [Added]
  private let addsPrefixSpace: Bool
  private let fusesUnknown: Bool

  private struct Added: Codable {
    let id: Int32
    let isSpecial, isNormalized, isSingleWord, stripsLeft, stripsRight: Bool
  }

  /// - Parameter tokenizer: one of bytes.
  init(_ tokenizer: SubwordTokenizer) {
    let parts = tokenizer.parts
    merges = parts.merges.flatMap { [$0.left, $0.right] }
    added = parts.added.map {
      Added(
        id: $0.id, isSpecial: $0.isSpecial, isNormalized: $0.isNormalized,
        isSingleWord: $0.isSingleWord, stripsLeft: $0.stripsLeft, stripsRight: $0.stripsRight)
    }
    addsPrefixSpace = parts.splitting == .byteLevel(addsPrefixSpace: true)
    fusesUnknown = parts.fusesUnknown
  }

  /// What the tokenizer consists of; nil if half of a merge is missing.
  func parts(_ pieces: [String], unknown: Int32?) -> SubwordTokenizer.Parts? {
    guard merges.count.isMultiple(of: 2) else { return nil }
    var parts = SubwordTokenizer.Parts(
      pieces: pieces,
      merges: stride(from: 0, to: merges.count, by: 2).map {
        SubwordTokenizer.Merge(merges[$0], merges[$0 + 1])
      }, splitting: .byteLevel(addsPrefixSpace: addsPrefixSpace))
    parts.added = added.map {
      var piece = SubwordTokenizer.AddedPiece(id: $0.id, isSpecial: $0.isSpecial)
      piece.isNormalized = $0.isNormalized
      piece.isSingleWord = $0.isSingleWord
      piece.stripsLeft = $0.stripsLeft
      piece.stripsRight = $0.stripsRight
      return piece
    }
    parts.unknownID = unknown
    parts.fusesUnknown = fusesUnknown
    return parts
  }
}
