import Compute
import Foundation

extension TaggedCorpus {
  /// Reads utterances with slots and an intent, as the ATIS data is distributed: one sentence a line,
  /// `BOS word … word EOS<TAB>O slot … slot intent`. The first tag belongs to BOS and is O, the last
  /// stands at EOS and is the intent.
  ///
  /// Throws a `UserError` naming file and line for a line that lacks the tab, BOS or EOS, whose
  /// numbers of words and tags differ. Blank lines are skipped, and sentences without a word, which are
  /// counted.
  package static func read(utterances url: URL) throws -> TaggedCorpus {
    let reader = try LineReader(url)
    var (sentences, emptyCount) = (TaggedSentences(), 0)
    let hint = "each line is 'BOS word … EOS', a tab and 'O slot … intent'"
    while let line = try reader.next() {
      if line.isBlank { continue }
      let halves = line.split(separator: 0x09, omittingEmptySubsequences: false)
      guard halves.count == 2 else {
        throw reader.error("found \(halves.count - 1) tabs, expected 1", hint: hint)
      }
      let parts = halves.map {
        $0.split(whereSeparator: WordScanner.isWhiteSpace)
          .map { String(decoding: $0, as: UTF8.self) }
      }
      let (words, tags) = (parts[0], parts[1])
      guard words.first == "BOS", words.last == "EOS", words.count >= 2 else {
        throw reader.error(
          "found '\(words.first ?? "")' … '\(words.last ?? "")', expected 'BOS' … 'EOS'", hint: hint
        )
      }
      guard words.count > 2 else {
        emptyCount += 1
        continue
      }
      guard tags.count == words.count else {
        throw reader.error(
          "found \(tags.count) tags for \(words.count) words (BOS and EOS included), "
            + "expected one each", hint: hint)
      }
      guard tags[0] == "O" else {
        throw reader.error("found the tag '\(tags[0])' at BOS, expected 'O'", hint: hint)
      }
      try sentences.append(
        TaggedSentence(
          words: Array(words[1..<words.count - 1]), tags: Array(tags[1..<tags.count - 1]),
          intent: tags[tags.count - 1],
          lines: Array(repeating: Int32(clamping: reader.number), count: words.count - 2)))
    }
    guard !sentences.isEmpty else {
      throw UserError("'\(url.path)' holds no sentence", hint: hint)
    }
    return TaggedCorpus(url, sentences, emptyCount: emptyCount)
  }
}
