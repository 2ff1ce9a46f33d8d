import Compute
import Foundation

/// A corpus as ids, with the vocabulary that they belong to.
package struct TokenizedCorpus: Sendable {
  package let tokens: TokenStore
  package var vocabulary: Vocabulary { tokens.vocabulary }
  /// An earlier run had tokenised the same contents in the same way.
  package let isReused: Bool
}

/// Turns text files into a `TokenStore`, once: a cache folder keeps the result for later runs, of any number of
/// processes.
///
/// A store's place follows from the contents of the files and from how they are tokenised, so it is never
/// taken for that of other contents, and found again wherever the files lie. That reads every byte, at
/// the speed of memory or the disk.
package enum CorpusTokenizer {
  /// Tokenises `files`, in their order, or finds the result in `cacheFolder`.
  ///
  /// Throws `UserError` as `TokenStoreBuilder` does.
  ///
  /// - Parameter threads: that work at a time.
  package static func tokenize(
    files: [URL], _ recipe: TokenStoreBuilder.Recipe, cacheFolder: URL, threads: Int
  ) throws -> TokenizedCorpus {
    try recipe.limits.check(recipe.kind)
    let corpus = try CorpusFiles(files)
    let folder = cacheFolder.appendingPathComponent(
      try name(of: corpus, recipe), isDirectory: true)
    if let store = try UserError.nilIfDamaged({ try TokenStore(folder) }) {
      return TokenizedCorpus(tokens: store, isReused: true)
    }
    do {
      let store = try TokenStoreBuilder.build(
        corpus, recipe, in: folder, takesAny: true, threads: threads)
      return TokenizedCorpus(tokens: store, isReused: false)
    } catch {
      StoreFiles.removeEmpty(folder)
      throw error
    }
  }

  private static func name(
    of corpus: CorpusFiles, _ recipe: TokenStoreBuilder.Recipe
  ) throws -> String {
    var digest = ContentDigest()
    recipe.sign(&digest)
    for file in corpus.files {
      digest.update(UInt64(file.length))
      digest.update(try contentDigest(of: file.url))
    }
    let stem = corpus.files[0].url.deletingPathExtension().lastPathComponent
    return "\(stem)-\(recipe.kind.rawValue)-\(digest.hexadecimal)"
  }

  private static func contentDigest(of url: URL) throws -> UInt64 {
    var digest = ContentDigest()
    let file = try RegularFile(url)
    try Activity.run("checking", "'\(url.path)'", total: file.count, unit: .bytes) { checking in
      try file.forEachBlock(in: 0..<file.count) {
        digest.update($0)
        checking.advance(by: $0.count)
      }
    }
    return digest.value
  }
}
