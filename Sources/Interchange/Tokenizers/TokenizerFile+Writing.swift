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
    .object([
      .init("version", .string("1.0")), .init("truncation", truncation),
      .init("padding", padding), .init("added_tokens", .array(addedTokens.map(json))),
      .init("normalizer", .null), .init("pre_tokenizer", preTokenizerJSON),
      .init("post_processor", postProcessor), .init("decoder", decoder),
      .init("model", modelJSON),
    ])
  }

  private func json(_ token: AddedToken) -> JSONValue {
    .object([
      .init("id", .integer(Int(token.id))),
      .init("content", .string(vocabulary[Int(token.id)])),
      .init("single_word", .boolean(token.isSingleWord)),
      .init("lstrip", .boolean(token.stripsLeft)), .init("rstrip", .boolean(token.stripsRight)),
      .init("normalized", .boolean(token.isNormalized)),
      .init("special", .boolean(token.isSpecial)),
    ])
  }

  private var preTokenizerJSON: JSONValue {
    switch preTokenizer {
    case .byteLevel(let addsPrefixSpace, let trimsOffsets):
      .object([
        .init("type", .string("ByteLevel")),
        .init("add_prefix_space", .boolean(addsPrefixSpace)),
        .init("trim_offsets", .boolean(trimsOffsets)), .init("use_regex", .boolean(true)),
      ])
    case .whitespaceSplit: .object([.init("type", .string("WhitespaceSplit"))])
    }
  }

  private var modelJSON: JSONValue {
    let outside = Set(addedTokens.lazy.filter { !$0.isInModel }.map(\.id))
    let words = JSONValue.object(
      vocabulary.enumerated().filter { !outside.contains(Int32($0.offset)) && !$0.element.isEmpty }
        .map { .init($0.element, .integer($0.offset)) })
    switch model {
    case .words(let unknown):
      return .object([
        .init("type", .string("WordLevel")), .init("vocab", words),
        .init("unk_token", .string(unknown)),
      ])
    case .pairs(let pairs):
      func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
      let merges = pairs.merges.map { merge -> JSONValue in
        .array([.string(vocabulary[Int(merge.x)]), .string(vocabulary[Int(merge.y)])])
      }
      return .object([
        .init("type", .string("BPE")), .init("dropout", .null),
        .init("unk_token", optional(pairs.unknown)), .init("continuing_subword_prefix", .null),
        .init("end_of_word_suffix", optional(pairs.endOfWordSuffix)),
        .init("fuse_unk", .boolean(pairs.fusesUnknown)), .init("byte_fallback", .boolean(false)),
        .init("ignore_merges", .boolean(false)), .init("vocab", words),
        .init("merges", .array(merges)),
      ])
    }
  }
}
