import Corpora

extension SubwordTokenizer {
  /// Byte-pair subwords of texts, as many as are asked for, or 8000.
  static func learnt(from texts: some Sequence<String>, size: Int?) throws -> SubwordTokenizer {
    var trainer = try SubwordTrainer(
      SubwordTrainer.Configuration(
        vocabularySize: size ?? 8000, splitting: .byteLevel(addsPrefixSpace: true)))
    for text in texts { trainer.add(text) }
    return try trainer.train()
  }

  /// The spellings of a text's subwords, with blanks between: what a vocabulary of words is made of.
  func spelt(_ text: String) -> String {
    encode(text).map { parts.pieces[Int($0)] }.joined(separator: " ")
  }
}
