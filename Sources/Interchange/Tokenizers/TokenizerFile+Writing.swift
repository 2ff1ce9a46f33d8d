import Compute
import Foundation

extension TokenizerFile {
  /// Writes the file: whole or not at all, byte for byte as the tokenizers library saves the same
  /// tokenizer. Throws `UserError`.
  package func write(to url: URL) throws {
    let file = try AtomicFileWriter(url, createsFolders: true)
    try file.append(json.indented)
    try file.commit()
  }

  /// The members in the library's order.
  package var json: JSONValue {
    [
      "version": .string("1.0"), "truncation": truncation, "padding": padding,
      "added_tokens": .array(addedTokens.map(json)), "normalizer": .null,
      "pre_tokenizer": preTokenizerJSON, "post_processor": postProcessor, "decoder": decoder,
      "model": modelJSON,
    ]
  }

  private func json(_ token: AddedToken) -> JSONValue {
    [
      "id": .integer(Int(token.id)), "content": .string(vocabulary[Int(token.id)]),
      "single_word": .boolean(token.isSingleWord), "lstrip": .boolean(token.stripsLeft),
      "rstrip": .boolean(token.stripsRight), "normalized": .boolean(token.isNormalized),
      "special": .boolean(token.isSpecial),
    ]
  }

  private var preTokenizerJSON: JSONValue {
    switch preTokenizer {
    case .byteLevel(let addsPrefixSpace, let trimsOffsets):
      [
        "type": .string("ByteLevel"), "add_prefix_space": .boolean(addsPrefixSpace),
        "trim_offsets": .boolean(trimsOffsets), "use_regex": .boolean(true),
      ]
    case .whitespaceSplit: ["type": .string("WhitespaceSplit")]
    }
  }

  private var modelJSON: JSONValue {
    let outside = Set(addedTokens.lazy.filter { !$0.isInModel }.map(\.id))
    let words = JSONValue.object(
      vocabulary.enumerated().filter { !outside.contains(Int32($0.offset)) && !$0.element.isEmpty }
        .map { .init($0.element, .integer($0.offset)) })
    switch model {
    case .words(let unknown):
      return ["type": .string("WordLevel"), "vocab": words, "unk_token": .string(unknown)]
    case .pairs(let pairs):
      func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
      let merges = pairs.merges.map { merge -> JSONValue in
        .array([.string(vocabulary[Int(merge.x)]), .string(vocabulary[Int(merge.y)])])
      }
      return [
        "type": .string("BPE"), "dropout": .null, "unk_token": optional(pairs.unknown),
        "continuing_subword_prefix": .null, "end_of_word_suffix": optional(pairs.endOfWordSuffix),
        "fuse_unk": .boolean(pairs.fusesUnknown), "byte_fallback": .boolean(false),
        "ignore_merges": .boolean(false), "vocab": words, "merges": .array(merges),
      ]
    }
  }
}
