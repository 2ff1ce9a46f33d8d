import Compute
import Corpora
import Foundation
import Parallel
import Runs

/// A text as tokens: what a language model learns from and is measured on.
public struct LanguageModelText: ExampleSource, ExampleSet {
  package let tokens: TokenMixture
  /// Every token's name.
  let vocabulary: Vocabulary
  /// Of what is validated on: see `LanguageModelSettings.Data.validTokens`.
  private let sampleSize: Int
  /// Removed with the last copy of the text: token files that nobody asked for.
  private let cache: TemporaryCache?
  public private(set) var warnings: [String] = []

  /// Reads the files of a training.
  init(
    training files: [String], _ data: LanguageModelSettings.Data, _ workplace: Workplace
  ) throws {
    guard !files.isEmpty else {
      throw UserError.usage(
        "no text to train on", hint: "name one or more files with --text, or stores with --data")
    }
    let store = try Self.store(
      files, Self.recipe(data), data, in: Self.cacheFolder(data, workplace.folder),
      workplace.team.count)
    self.init(TokenMixture([.init(store, weight: 1)]), sampleSize: data.validTokens)
    let corpus = try CorpusFiles(files.map { URL(fileURLWithPath: $0) })
    warnings = try [corpus.markedBytesSentence(vocabulary.kind)].compactMap(\.self)
  }

  private static func recipe(
    _ data: LanguageModelSettings.Data
  ) throws -> TokenStoreBuilder.Recipe {
    if let url = URL(named: data.tokenizer) {
      return .init(try .subwords(SubwordTokenizer(contentsOf: url)))
    }
    var recipe = TokenStoreBuilder.Recipe(data.kind)
    recipe.limits = VocabularyLimits(
      keeping: data.vocabularySize, minimumCount: data.minCount, hasUnknown: data.unknown == "other"
    )
    return recipe
  }

  /// Reads stores, each as often as its weight says.
  init(stores: [String], _ data: LanguageModelSettings.Data) throws {
    self.init(try TokenMixture(named: stores), sampleSize: data.validTokens)
  }

  /// Reads files or a store in the words of a vocabulary.
  init(
    validation paths: [String], _ vocabulary: Vocabulary, _ data: LanguageModelSettings.Data,
    _ workplace: Workplace
  ) throws {
    let only = paths.count == 1 ? URL(named: paths[0]) : nil
    let store =
      try only.flatMap { try Self.store(at: $0, vocabulary) }
      ?? Self.store(
        paths, .init(vocabulary), data, in: Self.cacheFolder(data, workplace.folder),
        workplace.team.count)
    let mixture = TokenMixture([.init(store, weight: 1)])
    self.init(data.validTokens > 0 ? mixture.sample(tokens: data.validTokens) : mixture)
  }

  /// Reads files or a store in the words of a vocabulary, and leaves nothing behind.
  init(
    _ files: [URL], _ vocabulary: Vocabulary, _ data: LanguageModelSettings.Data, threads: Int
  ) throws {
    guard let first = files.first else {
      throw UserError.usage("no text to measure on", hint: "name one or more files with --text")
    }
    if files.count == 1, let store = try Self.store(at: first, vocabulary) {
      self.init(TokenMixture([.init(store, weight: 1)]))
      return
    }
    let cache = TemporaryCache()
    let store = try Self.store(
      files.map(\.path), .init(vocabulary), data, in: cache.url, threads)
    self.init(TokenMixture([.init(store, weight: 1)]), cache: cache)
  }

  private init(_ tokens: TokenMixture, sampleSize: Int = 0, cache: TemporaryCache? = nil) {
    self.tokens = tokens
    vocabulary = tokens.parts[0].store.vocabulary
    self.sampleSize = sampleSize
    self.cache = cache
  }

  private static func store(
    _ files: [String], _ recipe: TokenStoreBuilder.Recipe, _ data: LanguageModelSettings.Data,
    in folder: URL, _ threads: Int
  ) throws -> TokenStore {
    var recipe = recipe
    recipe.division = data.division
    recipe.documents = data.documents
    return try CorpusTokenizer.tokenize(
      files: files.map { URL(fileURLWithPath: $0) }, recipe, cacheFolder: folder, threads: threads
    ).tokens
  }

  /// A store in the words of a vocabulary, if that is what there is.
  private static func store(at url: URL, _ vocabulary: Vocabulary) throws -> TokenStore? {
    let manifest = url.appendingPathComponent(StoreManifest.name)
    guard FileManager.default.fileExists(atPath: manifest.path) else { return nil }
    let store = try TokenStore(url)
    guard store.vocabulary == vocabulary else {
      throw UserError.usage(
        "'\(url.relativePath)' has another vocabulary than the run: \(store.vocabularySize) "
          + "\(store.vocabulary.kind.rawValue) tokens, and \(vocabulary.count) "
          + "\(vocabulary.kind.rawValue) tokens",
        hint: "make it with the run's: unroll tokenize --vocabulary RUN")
    }
    return store
  }

  private static func cacheFolder(_ data: LanguageModelSettings.Data, _ folder: RunFolder) -> URL {
    URL(named: data.cache) ?? folder.tokenCache
  }

  /// Holds out the end of the text, and of each store.
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: LanguageModelText, validation: LanguageModelText?) {
    guard heldOut.fold == nil else {
      throw UserError.usage(
        "a running text has no examples to divide into folds",
        hint: "hold its end out with --valid-fraction, or name a text with --test")
    }
    let (training, validation) = tokens.divided(holdingOut: heldOut.fraction)
    var rest = LanguageModelText(training, cache: cache)
    rest.warnings = warnings
    return (
      rest,
      validation.map {
        LanguageModelText(sampleSize > 0 ? $0.sample(tokens: sampleSize) : $0, cache: cache)
      }
    )
  }

  /// What is measured apart, where a model was trained on sequences; nil where that is one running text.
  func stretches(
    _ order: LanguageModelSettings.TextOrder
  ) -> (any Sequence<StretchOrder.Stretch>)? {
    switch order {
    case .stream: nil
    case .documents: StretchOrder.covering(tokens, .documents)
    case .lines: StretchOrder.covering(tokens, .lines)
    }
  }

  /// Predictions that can be made.
  public var count: Int { tokens.count - 1 }
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
