import Compute
import Corpora
import Foundation
import Runs

/// A stretch of a text as tokens: what a language model learns from and is measured on.
public struct LanguageModelText: ExampleSource, ExampleSet {
  package let tokens: TokenFile
  package let range: Range<Int>
  /// Every token's name.
  let vocabulary: Vocabulary
  /// Removed with the last copy of the text: token files that nobody asked for.
  private let cache: TemporaryCache?

  /// Reads the files of a training.
  init(training files: [String], _ data: LanguageModelSettings.Data, _ folder: RunFolder) throws {
    guard !files.isEmpty else {
      throw UserError.usage("no text to train on", hint: "name one or more files with --text")
    }
    let corpus = try CorpusTokenizer.tokenize(
      files: files.map { URL(fileURLWithPath: $0) },
      kind: TokenKind(rawValue: data.tokens) ?? .character,
      division: data.division,
      limits: VocabularyLimits(
        keeping: data.vocabularySize, minimumCount: data.minCount,
        hasUnknown: data.unknown == "other"), cacheFolder: Self.cacheFolder(data, folder))
    self.init(corpus.tokens, 0..<corpus.tokens.count, corpus.vocabulary)
  }

  /// Reads a file in the words of a vocabulary.
  init(
    validation file: String, _ vocabulary: Vocabulary, _ data: LanguageModelSettings.Data,
    _ folder: RunFolder
  ) throws {
    let tokens = try CorpusTokenizer.tokenize(
      files: [URL(fileURLWithPath: file)], vocabulary: vocabulary, division: data.division,
      cacheFolder: Self.cacheFolder(data, folder)
    ).tokens
    self.init(tokens, 0..<tokens.count, vocabulary)
  }

  /// Reads files in the words of a vocabulary, and leaves nothing behind.
  init(_ files: [URL], _ vocabulary: Vocabulary, _ division: WordDivision) throws {
    guard !files.isEmpty else {
      throw UserError.usage("no text to measure on", hint: "name one or more files with --text")
    }
    let cache = TemporaryCache()
    let tokens = try CorpusTokenizer.tokenize(
      files: files, vocabulary: vocabulary, division: division, cacheFolder: cache.url
    ).tokens
    self.init(tokens, 0..<tokens.count, vocabulary, cache)
  }

  private init(
    _ tokens: TokenFile, _ range: Range<Int>, _ vocabulary: Vocabulary,
    _ cache: TemporaryCache? = nil
  ) {
    self.tokens = tokens
    self.range = range
    self.vocabulary = vocabulary
    self.cache = cache
  }

  private static func cacheFolder(_ data: LanguageModelSettings.Data, _ folder: RunFolder) -> URL {
    URL(named: data.cache) ?? folder.tokenCache
  }

  /// Holds out the end of the text.
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: LanguageModelText, validation: LanguageModelText?) {
    guard heldOut.fold == nil else {
      throw UserError.usage(
        "a running text has no examples to divide into folds",
        hint: "hold its end out with --valid-fraction, or name a text with --test")
    }
    let held = Int(Double(range.count) * heldOut.fraction)
    guard held > 1 else { return (self, nil) }
    let border = range.upperBound - held
    return (
      LanguageModelText(tokens, range.lowerBound..<border, vocabulary, cache),
      LanguageModelText(tokens, border..<range.upperBound, vocabulary, cache)
    )
  }

  /// Predictions that can be made.
  public var count: Int { range.count - 1 }
  /// The task says it: it depends on the streams.
  public var sizeText: String { "" }
  public func checkFiles() throws { try tokens.checkLength() }
}

/// A folder that is there as long as somebody needs it.
private final class TemporaryCache: Sendable {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("unroll-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: url) }
}
