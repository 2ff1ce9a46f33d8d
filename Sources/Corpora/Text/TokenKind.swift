/// What one token of a text is.
package enum TokenKind: String, Sendable, Codable, CaseIterable {
  /// A Unicode scalar (a code point): an accented letter may be one token or two, as it is stored.
  case character = "char"
  /// A run of bytes between ASCII white space (space, tab, line feed, vertical tab, form feed,
  /// carriage return). Every line feed is the token `<eos>` on top; a last line without a line feed
  /// gets one too; an empty line is a lone `<eos>`. This is the Penn Treebank convention.
  case word = "word"
  /// A byte, whatever it means; the vocabulary is always the 256 bytes.
  case byte = "byte"
  /// A piece of a word, in bytes, as byte-pair encoding has it: `SubwordTokenizer`. A line with its line feed
  /// is a text of its own, so that no token reaches over a line's end.
  case subword = "bpe"
}
