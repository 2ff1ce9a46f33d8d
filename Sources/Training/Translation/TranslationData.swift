import Compute
import Corpora
import Foundation

/// How texts become tokens, of both sides.
struct TranslationLanguage: Equatable {
  let source: TranslationTokens
  let target: TranslationTokens
  let isLowercased: Bool
  let reversesSource: Bool

  /// Learns it from training texts.
  init(_ configuration: ResolvedConfiguration, _ texts: PairedTexts, _ chosen: [Int]) throws {
    let size = configuration.integer("data.vocab_size")
    let limits = VocabularyLimits(
      size: size > 0 ? size : nil, minimumCount: configuration.integer("data.min_count"))
    isLowercased = configuration.boolean("data.lowercase")
    reversesSource = configuration.boolean("model.reverse_source")
    let (form, path) = (WordForm(isLowercased: isLowercased), configuration.path("data.tokenizer"))
    func tokens(_ side: String, _ texts: [[String]]) throws -> TranslationTokens {
      let kind = Self.kind(of: side, configuration)
      if kind == .bpe, let path { return .subwords(try SubwordTokenizer(contentsOf: path)) }
      return try .of(
        texts.flatMap { texts in chosen.map { form.apply(texts[$0]) } }, kind: kind, limits: limits)
    }
    if configuration.boolean("data.share_vocabulary") {
      source = try tokens("source", [texts.sources, texts.targets])
      target = source
    } else {
      source = try tokens("source", [texts.sources])
      target = try tokens("target", [texts.targets])
    }
  }

  private static func kind(
    of side: String, _ configuration: ResolvedConfiguration
  ) -> TranslationTokens.Kind {
    .init(rawValue: configuration.string("data.\(side)_tokens")) ?? .word
  }

  /// Writes it into the run folder.
  func save(to folder: RunFolder) throws {
    try source.save(to: folder, side: "source")
    try target.save(to: folder, side: "target")
  }

  /// Reads what `save` wrote.
  init(_ configuration: ResolvedConfiguration, in folder: RunFolder) throws {
    isLowercased = configuration.boolean("data.lowercase")
    reversesSource = configuration.boolean("model.reverse_source")
    source = try TranslationTokens(Self.kind(of: "source", configuration), of: "source", in: folder)
    target = try TranslationTokens(Self.kind(of: "target", configuration), of: "target", in: folder)
  }

  /// A text as it is read, in lower case or as it is.
  func read(_ text: String) -> String { isLowercased ? text.lowercased() : text }

  /// The ids of a source, in the order in which the network reads them. Throws as `tokens.encode`.
  func encodeSource(_ text: String) throws -> [Int32] {
    let ids = try source.encode(read(text))
    return reversesSource ? ids.reversed() : ids
  }

  func encodeTarget(_ text: String) throws -> [Int32] { try target.encode(read(text)) }

  /// Tokens of the target of a source of `count` tokens at most, the stop symbol included.
  func longestTarget(sourceCount count: Int) -> Int {
    50 + 2 * count * max(1, target.tokensPerWord / source.tokensPerWord)
  }
}

/// Pairs as a translator reads them.
struct TranslationData {
  /// In the order in which the network reads them.
  private(set) var sources = IDSequences()
  /// Without start and stop symbols.
  private(set) var targets = IDSequences()
  /// The texts of the targets, as they are read.
  private(set) var references: [String] = []
  /// Pairs with more tokens than are allowed.
  private(set) var longCount = 0

  var count: Int { references.count }

  /// - Parameters:
  ///   - chosen: of the pairs of `texts`.
  ///   - maxLength: 0 for any.
  ///
  /// Throws a `UserError` naming file and line for a text that gives no token.
  init(
    _ texts: PairedTexts, _ chosen: [Int], _ language: TranslationLanguage, maxLength: Int = 0
  ) throws {
    for index in chosen {
      func ids(_ side: String, _ encode: (String) throws -> [Int32], _ text: String) throws
        -> [Int32]
      {
        do {
          let ids = try encode(text)
          guard !ids.isEmpty else { throw UserError("the \(side) has no token") }
          return ids
        } catch let error as UserError {
          throw UserError("\(texts.place(index)): \(error.message)", hint: error.hint)
        }
      }
      let source = try ids("source", language.encodeSource, texts.sources[index])
      let target = try ids("target", language.encodeTarget, texts.targets[index])
      guard maxLength == 0 || max(source.count, target.count) <= maxLength else {
        longCount += 1
        continue
      }
      sources.append(source)
      targets.append(target)
      references.append(language.read(texts.targets[index]))
    }
  }
}

/// What a translator learns from and is validated on.
struct TranslationCorpus {
  let language: TranslationLanguage
  let training: TranslationData
  let validation: TranslationData?

  /// Reads the table `data`.
  init(_ configuration: ResolvedConfiguration) throws {
    let texts: PairedTexts
    if let pairs = configuration.path("data.pairs") {
      texts = try Self.read(configuration, [pairs])
    } else if let source = configuration.path("data.source"),
      let target = configuration.path("data.target")
    {
      texts = try Self.read(configuration, [source, target])
    } else {
      throw UserError.usage("no pairs to train on", hint: "use --pairs FILE")
    }
    let all = Array(0..<texts.count)
    let maxLength = configuration.integer("data.max_length")
    if let valid = configuration.path("data.valid") {
      language = try TranslationLanguage(configuration, texts, all)
      training = try TranslationData(texts, all, language, maxLength: maxLength)
      let others = try Self.read(configuration, [valid])
      validation = try TranslationData(others, Array(0..<others.count), language)
    } else {
      let split = try texts.split(
        heldOut: configuration.number("data.valid_fraction"),
        seed: UInt64(configuration.integer("data.split_seed")))
      language = try TranslationLanguage(configuration, texts, split.training)
      training = try TranslationData(texts, split.training, language, maxLength: maxLength)
      validation =
        split.heldOut.isEmpty ? nil : try TranslationData(texts, split.heldOut, language)
    }
    guard training.count > 0 else {
      throw UserError(
        "all \(training.longCount) training pairs have more than \(maxLength) tokens on a side",
        hint: "raise data.max_length")
    }
  }

  /// One file of pairs or two of sides, in the direction of the translation.
  static func read(_ configuration: ResolvedConfiguration, _ files: [URL]) throws -> PairedTexts {
    let texts =
      files.count == 2
      ? try PairedTexts(source: files[0], target: files[1])
      : try PairedTexts(contentsOf: files[0])
    return configuration.boolean("data.swap") ? texts.swapped : texts
  }
}
