import Compute
import Corpora
import Foundation
import Interchange
import Runs

extension SubwordTokenizer: FileValue {
  /// Reads a `tokenizer.json` of byte-pair encoding.
  ///
  /// Throws a `UserError` that names the file and the member, see `TokenizerFile`.
  package init(contentsOf url: URL) throws {
    let file = try TokenizerFile(contentsOf: url)
    guard case .pairs(let model) = file.model else {
      throw UserError(
        "'\(url.relativePath)' model.type: found WordLevel, expected BPE",
        hint: "a vocabulary of whole words has no subwords")
    }
    let splitting: WordSplitting =
      switch file.preTokenizer {
      case .byteLevel(let addsPrefixSpace, _): .byteLevel(addsPrefixSpace: addsPrefixSpace)
      case .whitespaceSplit: .whitespace
      }
    var parts = Parts(
      pieces: file.vocabulary, merges: model.merges.map { Merge($0.x, $0.y) },
      splitting: splitting)
    parts.added = file.addedTokens.map { token in
      var piece = AddedPiece(id: token.id, isSpecial: token.isSpecial)
      piece.isNormalized = token.isNormalized
      piece.isSingleWord = token.isSingleWord
      piece.stripsLeft = token.stripsLeft
      piece.stripsRight = token.stripsRight
      return piece
    }
    parts.endOfWordSuffix = model.endOfWordSuffix
    parts.unknownID = model.unknown.flatMap { unknown in
      file.vocabulary.firstIndex { $0.utf8.elementsEqual(unknown.utf8) }.map { Int32($0) }
    }
    parts.fusesUnknown = model.fusesUnknown
    try self.init(parts)
  }

  /// What a `tokenizer.json` of this tokenizer says.
  package var file: TokenizerFile {
    var model = TokenizerFile.PairModel(merges: parts.merges.map { SIMD2($0.left, $0.right) })
    model.unknown = parts.unknownID.map { parts.pieces[Int($0)] }
    model.endOfWordSuffix = parts.endOfWordSuffix
    model.fusesUnknown = parts.fusesUnknown
    let preTokenizer: TokenizerFile.PreTokenizer =
      switch parts.splitting {
      case .byteLevel(let addsPrefixSpace): .byteLevel(addsPrefixSpace: addsPrefixSpace)
      case .whitespace: .whitespaceSplit
      }
    var file = TokenizerFile(
      model: .pairs(model), vocabulary: parts.pieces, preTokenizer: preTokenizer)
    file.addedTokens = parts.added.sorted { $0.id < $1.id }.map { piece in
      var token = TokenizerFile.AddedToken(
        id: piece.id, isSpecial: piece.isSpecial, isNormalized: piece.isNormalized)
      token.isSingleWord = piece.isSingleWord
      token.stripsLeft = piece.stripsLeft
      token.stripsRight = piece.stripsRight
      return token
    }
    return file
  }

  /// Writes a `tokenizer.json` that the tokenizers library reads: whole or not at all.
  package func save(to url: URL) throws { try file.write(to: url) }
}

extension Vocabulary {
  /// What a `tokenizer.json` of this vocabulary of words says: `WordLevel`, words split at white
  /// space. Line feeds, which give `<eos>` here, are white space there.
  package var wordFile: TokenizerFile {
    precondition(kind == .word, "a vocabulary of \(kind.rawValue)s has no words")
    var file = TokenizerFile(
      model: .words(unknown: Self.unknownSpelling), vocabulary: tokens,
      preTokenizer: .whitespaceSplit)
    file.addedTokens = [unknownID, endOfSentenceID].compactMap { $0 }.sorted().map {
      .init(id: $0, isSpecial: true)
    }
    return file
  }
}
