import Compute
import Corpora
import Foundation
import Testing

@Suite struct AddedPieceTests {
  private struct Golden: Decodable {
    /// Contents and flags: l takes the space before it, r the space behind it, w is no part of a word,
    /// n is found in the second pass.
    let tokens: [[String]]
    let texts: [[String]]
  }

  /// Values of the tokenizers library: `Goldens/make_added_token_goldens.py`.
  @Test func piecesAreFoundAsTheLibraryFindsThem() throws {
    let url = try #require(Bundle.module.url(forResource: "added_tokens", withExtension: "json"))
    let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    #expect(goldens.count == 9)
    for golden in goldens {
      // Bytes alone.
      var trainer = try SubwordTrainer(.init(vocabularySize: 256))
      trainer.add("a")
      var parts = try trainer.train().parts
      for token in golden.tokens {
        // "é" is no piece of bytes: those are spelt "Ã" and "©".
        var piece = SubwordTokenizer.AddedPiece(id: Int32(parts.pieces.count), isSpecial: false)
        piece.stripsLeft = token[1].contains("l")
        piece.stripsRight = token[1].contains("r")
        piece.isSingleWord = token[1].contains("w")
        piece.isNormalized = token[1].contains("n")
        if let known = parts.pieces.firstIndex(of: token[0]) {
          piece.id = Int32(known)
        } else {
          parts.pieces.append(token[0])
        }
        parts.added.append(piece)
      }
      let tokenizer = try SubwordTokenizer(parts)
      for text in golden.texts {
        let found = tokenizer.encode(text[0]).map { parts.pieces[Int($0)] }.joined(separator: "|")
        #expect(
          Array(found.utf8) == Array(text[1].utf8),
          "\(golden.tokens) in \(text[0].debugDescription)")
      }
    }
  }

  @Test func idsMayLackAPiece() throws {
    var parts = SubwordTokenizer.Parts(
      pieces: ["a", "", "b", "", "<s>"], merges: [], splitting: .whitespace)
    parts.added = [.init(id: 4, isSpecial: true)]
    let tokenizer = try SubwordTokenizer(parts)
    #expect(tokenizer.count == 5)
    #expect(tokenizer.encode("ab <s>") == [0, 2, 4])
    #expect(tokenizer.decode([0, 1, 2, 3, 4]) == "a b")
    #expect(tokenizer.id(of: "") == nil)
  }
}
