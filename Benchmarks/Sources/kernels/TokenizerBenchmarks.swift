import Foundation
import Unroll

/// Text to ids, from file to file: vocabulary, ids and their digest included.
func tokenizerBenchmarks() throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("unroll-kernels-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appendingPathComponent("text.txt")
  try PhraseGrammar(seed: 1).write(lines: 400_000, to: file)
  let text = try Data(contentsOf: file)
  let megabytes = Double(text.count) * 1e-6
  printTitle("tokenising \(Int(megabytes)) MB of made sentences, MB/s")
  for kind in [TokenKind.character, .word, .byte] {
    var result: TokenizedCorpus?
    // A cache folder each time: a second run would find the first one's ids.
    var run = 0
    let seconds = try secondsPerCall {
      run += 1
      let cache = folder.appendingPathComponent("\(kind.rawValue)-\(run)")
      try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
      result = try CorpusTokenizer.tokenize(
        files: [file], .init(kind), cacheFolder: cache, threads: 2)
      if run > 1 {
        try FileManager.default.removeItem(
          at: folder.appendingPathComponent("\(kind.rawValue)-\(run - 1)"))
      }
    }
    guard let result, !result.isReused else {
      throw WrongResult(description: "nothing was tokenised")
    }
    try checkTokens(result, text, kind)
    printRow([kind.rawValue, format(megabytes / seconds)])
  }
  naive(String(decoding: text.prefix(4_000_000), as: UTF8.self))
}

/// The first tokens spell the beginning of the text again.
private func checkTokens(_ corpus: TokenizedCorpus, _ text: Data, _ kind: TokenKind) throws {
  let ids = (0..<min(1000, corpus.tokens.count)).map { corpus.tokens[$0] }
  let spelled = corpus.vocabulary.decode(ids).filter { !$0.isWhitespace }
  let begins = String(decoding: text.prefix(8000), as: UTF8.self).filter { !$0.isWhitespace }
  let found = spelled.replacingOccurrences(of: Vocabulary.endOfSentenceSpelling, with: "")
  guard !found.isEmpty, begins.hasPrefix(found) else {
    throw WrongResult(description: "\(kind.rawValue): '\(found.prefix(40))' is not the text")
  }
}

/// A dictionary of characters.
private func naive(_ text: String) {
  var ids: [Character: Int32] = [:]
  var tokens: [Int32] = []
  let seconds = secondsPerCall {
    ids.removeAll()
    tokens.removeAll()
    for character in text {
      if let id = ids[character] {
        tokens.append(id)
      } else {
        tokens.append(Int32(ids.count))
        ids[character] = Int32(ids.count)
      }
    }
  }
  printRow(["naive: a dictionary", format(Double(text.utf8.count) * 1e-6 / seconds)])
}
