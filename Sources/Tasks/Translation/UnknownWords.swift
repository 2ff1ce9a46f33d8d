import Compute
import Corpora
import Foundation
import Networks
import Runs

/// What is written where a translator knows that a word belongs, but not which: the source word that it
/// looked at most there, or what a lexicon says of that word.
///
/// Source: Luong, Sutskever, Le, Vinyals & Zaremba, "Addressing the Rare Word Problem in Neural Machine
/// Translation" (2015); with weights of attention Jean, Cho, Memisevic & Bengio (2015).
struct UnknownWords {
  /// By the bytes of the source word.
  private var lexicon: [[UInt8]: String] = [:]

  /// Throws a usage `UserError` for a model whose tokens are no words, and what reading the file throws.
  init(_ replacement: UnknownReplacement, _ language: TranslationLanguage) throws {
    for (side, tokens) in [("source", language.source), ("target", language.target)]
    where tokens.unknownWord == nil {
      throw UserError.usage(
        "--replace-unknown is for words, but the \(side) is read in \(tokens.kind.rawValue) tokens",
        hint: "drop it for this run")
    }
    guard case .lexicon(let url) = replacement else { return }
    let pairs = try PairedTexts([[url]])
    for (source, target) in zip(pairs.sources, pairs.targets) {
      let key = Array(language.read(source).utf8)
      if lexicon[key] == nil { lexicon[key] = language.read(target) }
    }
  }

  /// The text of a target of `source`, a text.
  func text(_ found: FoundTarget, of source: String, _ language: TranslationLanguage) -> String {
    let words = language.source.words(of: language.read(source))
    return language.target.decode(found.tokens) { place in
      let weights = language.inReadingOrder(found.weights[place])
      let word = words[weights.indexOfMaximum]
      return lexicon[Array(word.utf8)] ?? word
    }
  }
}
