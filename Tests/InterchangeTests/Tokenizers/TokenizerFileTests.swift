import Compute
import Foundation
import Interchange
import Testing

@Suite struct TokenizerFileTests {
  private static let whole = """
    {"version": "1.0", "truncation": null, "padding": null,
     "added_tokens": [{"id": 3, "content": "<s>", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true}],
     "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"},
     "post_processor": {"type": "Kept"}, "decoder": null,
     "model": {"type": "BPE", "dropout": null, "unk_token": null,
       "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
       "byte_fallback": false, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}
    """

  private func read(_ text: String) throws -> TokenizerFile {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString)-tokenizer.json")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(text.utf8).write(to: url)
    return try TokenizerFile(contentsOf: url)
  }

  /// The whole file with `old` replaced.
  private func changed(_ old: String, _ new: String) -> String {
    #expect(Self.whole.contains(old))
    return Self.whole.replacingOccurrences(of: old, with: new)
  }

  @Test func bothFormsOfMergesAreRead() throws {
    let file = try read(Self.whole)
    #expect(file.vocabulary == ["a", "b", "ab", "<s>"])
    #expect(file.model == .pairs(.init(merges: [SIMD2(0, 1)])))
    #expect(file.addedTokens == [.init(id: 3, isSpecial: true, isInModel: false)])
    #expect(file.postProcessor["type"] == .string("Kept"))
    #expect(try read(changed(#"["a", "b"]"#, #""a b""#)) == file)
    #expect(try read(file.json.indented) == file)
    // A blank and a mark that follows it make one character.
    let mark = "\u{93E}"
    let marked = Self.whole.replacing("\"b\"", with: "\"\(mark)\"").replacing(
      "\"ab\"", with: "\"a\(mark)\"")
    let pair = marked.replacing("[\"a\", \"\(mark)\"]", with: "\"a \(mark)\"")
    #expect(pair != marked)
    #expect(try read(pair) == read(marked))
  }

  @Test func olderFilesLackMembers() throws {
    let file = try read(Self.whole)
    #expect(try read(changed(#""type": "BPE", "#, "")) == file)
    #expect(try read(changed(#""unk_token": null"#, #""unk_token": """#)) == file)
    #expect(try read(changed(#""normalizer": null,"#, "")) == file)
    for (merges, type) in [
      (#""max_input_chars_per_word": 100"#, "WordPiece"), (#""unk_id": 0"#, "Unigram"),
    ] {
      let text = changed(#""type": "BPE", "#, "")
        .replacingOccurrences(of: #""merges": [["a", "b"]]"#, with: merges)
      let error = #expect(throws: UserError.self) { try read(text) }
      #expect(error?.message.contains("model: found '\(type)'") == true)
    }
  }

  @Test func idsMayBeMissing() throws {
    let file = try read(changed(#""id": 3"#, #""id": 6"#))
    #expect(file.vocabulary == ["a", "b", "ab", "", "", "", "<s>"])
    #expect(file.addedTokens.map(\.id) == [6])
    #expect(try read(file.json.indented) == file)
  }

  @Test func addedTokensKeepHowTheyAreFound() throws {
    var token = TokenizerFile.AddedToken(id: 3, isSpecial: true, isInModel: false)
    token.stripsLeft = true
    #expect(try read(changed(#""lstrip": false"#, #""lstrip": true"#)).addedTokens == [token])
    token.stripsLeft = false
    token.stripsRight = true
    let file = try read(changed(#""rstrip": false"#, #""rstrip": true"#))
    #expect(file.addedTokens == [token])
    #expect(try read(file.json.indented) == file)
    token.stripsRight = false
    token.isSingleWord = true
    #expect(
      try read(changed(#""single_word": false"#, #""single_word": true"#)).addedTokens == [token])
  }

  @Test func spellingsThatLookAlikeAreTwoPieces() throws {
    let file = try read(changed(#""ab": 2}"#, "\"ab\": 2, \"\u{E9}\": 4, \"e\u{301}\": 5}"))
    #expect(file.vocabulary.count == 6)
    #expect(try read(file.json.indented) == file)
  }

  @Test(arguments: [
    (#""a": 0, "b": 1"#, #""a": 0, "a": 1"#, "'a' appears twice"),
    (#""a": 0, "b": 1"#, #""a": 0, "b": 0"#, "model.vocab: 'a' and 'b' both have the id 0"),
    (#""ab": 2"#, #""ab": 2000000000"#, "model.vocab: the id 2000000000 is far above"),
    (#""ab": 2"#, #""ab": -2"#, "model.vocab: 'ab' has the id -2"),
    (#""ab": 2"#, #""ab": "2""#, "model.vocab: 'ab' has the id"),
    (#""ab": 2"#, #""": 2"#, "model.vocab: a piece without text"),
    (#""ab": 2"#, #""ac": 2"#, "model.merges[0]: the result 'ab' is not in the vocabulary"),
    (#"["a", "b"]"#, #"["a", "c"]"#, "model.merges[0]: the right part 'c' is not in the voc"),
    (#"["a", "b"]"#, #"["c", "b"]"#, "model.merges[0]: the left part 'c'"),
    (#"["a", "b"]"#, #"["a", "b"], "a b""#, "model.merges[1]: the merge of 'a' and 'b' is there"),
    (#"["a", "b"]"#, #""a  b""#, "model.merges[0]: found \"a  b\", expected two pieces"),
    (#"["a", "b"]"#, #"["a", 1, "b"]"#, "model.merges[0]"),
    (#"["a", "b"]"#, "4", "model.merges[0]: found 4"),
    (#""BPE""#, #""Unigram""#, "model.type: found 'Unigram', expected BPE or WordLevel"),
    (#""BPE""#, "1", "model.type: found 1, expected a string"),
    (#""BPE""#, #""WordLevel""#, "model.unk_token: found null"),
    (#""dropout": null"#, #""dropout": 0.1"#, "model.dropout: found 0.1, not supported"),
    (#""byte_fallback": false"#, #""byte_fallback": true"#, "model.byte_fallback"),
    (#""unk_token": null"#, #""unk_token": "?""#, "model.unk_token: found '?'"),
    (#""continuing_subword_prefix": null"#, #""continuing_subword_prefix": "-""#, "subword_prefix"),
    (#""normalizer": null"#, #""normalizer": {"type": "NFC"}"#, "normalizer: found {"),
    (#""model": {"type": "BPE""#, #""model": {"type": null"#, "model.type: found null"),
    (#""WhitespaceSplit""#, #""Metaspace""#, "pre_tokenizer.type: found 'Metaspace'"),
    (#"{"type": "WhitespaceSplit"}"#, "null", "pre_tokenizer: found null"),
    (#""decoder": null"#, #""decoder": {"type": "WordPiece"}"#, "decoder: 'WordPiece' does not"),
    (#""id": 3"#, #""id": 0"#, "added_tokens[0]: 'a' and '<s>' both have the id 0"),
    (#""id": 3"#, #""id": 3.5"#, "added_tokens[0].id: found 3.5"),
    (#""content": "<s>""#, #""content": "a""#, "'a' has the id 3 here and 0 elsewhere"),
    (#""lstrip": false"#, #""lstrip": 1"#, "added_tokens[0].lstrip: found 1, expected true or"),
  ])
  func mistakesNameTheirMember(old: String, new: String, message: String) {
    let error = #expect(throws: UserError.self) { try read(changed(old, new)) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "nothing")")
    #expect(error?.message.contains("tokenizer.json'") == true)
  }

  @Test func aFileCutAnywhereIsAnErrorAndNoTrap() {
    let bytes = Array(Self.whole.utf8)
    for count in 0..<bytes.count {
      let error = #expect(throws: UserError.self) {
        try read(String(decoding: bytes[..<count], as: UTF8.self))
      }
      #expect(error?.message.contains("cut short") == true, "\(count)")
    }
  }
}
