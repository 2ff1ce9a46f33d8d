import Compute
import Foundation

/// Makes a `TokenStore` of text files: on many cores, in memory that does not grow with the text, and so
/// that a kill costs no more than the shard that was being written.
///
/// The text is read twice, to count tokens and to write ids; with a given vocabulary, and for bytes, once.
/// Bytes of the store depend neither on the number of threads nor on whether anything was killed: pieces
/// are read in order and taken in order (`OrderedWork`), shards end with pieces, and after each shard
/// `progress.json` says where the next one begins. A kill while tokens are counted counts anew.
package struct TokenStoreBuilder {
  /// How a text becomes tokens.
  package struct Recipe: Sendable {
    package var kind: TokenKind
    package var division = WordDivision.blank
    package var limits = VocabularyLimits.none
    /// Nil: counted from the text, within `limits`.
    package var vocabulary: Vocabulary?
    package var documents = DocumentDivision.file
    /// A shard ends with the piece of text that reaches so many tokens.
    package var shardTokens = 1 << 29
    /// Distinct words that are counted at a time: see `VocabularyCounter`.
    package var mostWords = VocabularyCounter.mostWords

    package init(_ kind: TokenKind) { self.kind = kind }

    package init(_ vocabulary: Vocabulary) {
      kind = vocabulary.kind
      self.vocabulary = vocabulary
    }

    /// Which ids a text gives may change with the reader.
    private static let readerVersion: UInt64 = 1

    /// Tells recipes apart.
    func sign(_ digest: inout ContentDigest) {
      digest.update(Self.readerVersion)
      for part in [kind.rawValue, division.rawValue, documents.rawValue] { digest.update(part) }
      digest.update("\(limits.size ?? 0) \(limits.minimumCount) \(limits.hasUnknown)")
      digest.update("\(shardTokens) \(mostWords)")
      digest.update(vocabulary?.digest ?? 0)
    }
  }

  private let files: CorpusFiles
  private let recipe: Recipe
  private let folder: URL
  private let threads: Int
  private let tell: (String) -> Void
  private let source: UInt64

  /// Makes the store in `folder`, or goes on where an earlier process was ended, or finds it whole.
  ///
  /// - Parameters:
  ///   - isOneOff: the files cannot be named again: nobody will look whether the store is made of them.
  ///   - replaces: whether a store of something else may be there.
  ///   - takesAny: of a folder in which nobody makes anything else: what is whole is taken, and who writes
  ///     there is waited for.
  ///   - threads: that work at a time.
  ///   - tell: is told what a user should know, in sentences.
  ///
  /// Throws a `UserError` for a file that is missing, no text, or that changes while it is read, for a text
  /// of fewer than two tokens, for a disk that is full, or not large enough as far as that is known
  /// before, and for a folder that another process writes in, or that holds something else.
  package static func build(
    _ files: CorpusFiles, _ recipe: Recipe, in folder: URL, isOneOff: Bool = false,
    replaces: Bool = false, takesAny: Bool = false, threads: Int,
    tell: @escaping (String) -> Void = { _ in }
  ) throws -> TokenStore {
    try Self(files, recipe, folder, threads: min(max(1, threads), 16), tell)
      .build(isOneOff: isOneOff, replaces: replaces, takesAny: takesAny)
  }

  private init(
    _ files: CorpusFiles, _ recipe: Recipe, _ folder: URL, threads: Int,
    _ tell: @escaping (String) -> Void
  ) throws {
    try recipe.limits.check(recipe.kind)
    (self.files, self.recipe, self.folder) = (files, recipe, folder)
    (self.threads, self.tell) = (threads, tell)
    var digest = ContentDigest()
    files.sign(&digest)
    recipe.sign(&digest)
    source = digest.value
  }

  private func build(isOneOff: Bool, replaces: Bool, takesAny: Bool) throws -> TokenStore {
    try UserError.naming("make the folder", folder) { _ = try FileSystem.makeFolders(folder.path) }
    if !takesAny { try StoreFiles.refuseForeign(folder, except: isOneOff ? KeptInput.name : nil) }
    let lock = try StoreLock(folder, waits: takesAny)
    defer { lock.letGo() }
    if let manifest = try UserError.nilIfDamaged({ try StoreManifest(of: folder) }) {
      let isSame = manifest.source == source.hexadecimal && !isOneOff
      if isSame || takesAny,
        let store = try UserError.nilIfDamaged({ try TokenStore(folder) })
      {
        try removeJournal()
        tell("'\(folder.relativePath)' is made of these files already")
        return store
      }
      guard isSame || takesAny || replaces else {
        throw UserError.usage(
          "'\(folder.relativePath)' holds a token store of something else",
          hint: "name another folder, or replace it with --overwrite")
      }
    }
    do {
      return try build(isOneOff: isOneOff)
    } catch let error as UserError where error.systemCode == nil {
      // The same text would fail again, and another one begins anew.
      try StoreFiles.sweep(folder, keepsBegun: false)
      throw error
    }
  }

  private func build(isOneOff: Bool) throws -> TokenStore {
    try StoreFiles.sweep(folder, keepsBegun: true)
    let (journal, vocabulary) = try begun() ?? begin(isOneOff: isOneOff)
    let finished = try write(vocabulary, from: journal)
    let tokens = finished.shards.reduce(0) { $0 + $1.tokens }
    guard tokens >= 2 else {
      throw UserError(
        "'\(files.files[0].url.path)' gives \(tokens) \(recipe.kind.rawValue) token, "
          + "expected at least 2",
        hint: "a language model needs a token and a next one")
    }
    try StoreManifest(
      vocabulary, split: recipe.division, documents: recipe.documents,
      source: isOneOff ? nil : source, textBytes: finished.textBytes, shards: finished.shards
    ).write(to: folder)
    try removeJournal()
    return try TokenStore(folder, verifiesContent: false)
  }

  private func removeJournal() throws {
    try UserError.naming("remove a file of", folder) {
      try FileSystem.remove(folder.appendingPathComponent(StoreJournal.name).path)
    }
  }

  /// What another process has begun with the same files.
  private func begun() throws -> (StoreJournal, Vocabulary)? {
    guard let journal = try StoreJournal(of: folder, source: source.hexadecimal),
      let vocabulary = try UserError.nilIfDamaged({
        try Vocabulary(contentsOf: StoreFiles.vocabulary(folder))
      })
    else { return nil }
    if !journal.shards.isEmpty {
      let tokens = journal.shards.reduce(0) { $0 + $1.tokens }
      tell("going on behind \(journal.shards.count) shards with \(tokens) tokens")
    }
    return (journal, vocabulary)
  }

  private func begin(isOneOff: Bool) throws -> (StoreJournal, Vocabulary) {
    try StoreFiles.sweep(folder, keepsBegun: false)
    try files.markedBytesSentence(recipe.kind, isInput: isOneOff).map(tell)
    let vocabulary = try vocabulary()
    try vocabulary.save(to: StoreFiles.vocabulary(folder))
    let journal = StoreJournal(source: source.hexadecimal, recipe.documents)
    try journal.write(to: folder)
    return (journal, vocabulary)
  }

  // MARK: Vocabulary

  private func vocabulary() throws -> Vocabulary {
    let vocabulary: Vocabulary
    var counts: (tokens: Int, lines: Int)?
    if let given = recipe.vocabulary {
      vocabulary = given
    } else if recipe.kind == .byte {
      vocabulary = .bytes
      // Packed files hold more, and who knows how much.
      counts = (files.byteCount, 0)
    } else {
      var counter = try count()
      // Nobody knows yet into how many subwords a word falls.
      if recipe.kind != .subword { counts = (counter.tokenCount, counter.lineCount) }
      let forgotten = counter.forgotten
      if forgotten.words > 0 {
        tell(
          "more than \(counter.mostWords) distinct words: while they were counted, the rarest were "
            + "forgotten \(forgotten.words) times, and counts may be too low by up to "
            + "\(forgotten.largestError)")
      }
      vocabulary = try counter.takeVocabulary(recipe.limits)
    }
    if let counts {
      try checkSpace(
        counts.tokens * TokenFileWriter.width(of: vocabulary) + 4 * counts.lines)
    }
    return vocabulary
  }

  private func count() throws -> VocabularyCounter {
    let kind = recipe.kind
    let reader = reader(from: CorpusReader.Position())
    return try Activity.run("counting the tokens of") { _ in
      try VocabularyCounter.counting(kind, mostWords: recipe.mostWords, threads: threads) {
        TextBuffer(size: TokenEncoding.pieceSize)
      } read: {
        try reader.read($0)
      } count: { counter, piece, text in
        if let reader = piece.reader {
          counter.count(try reader.checked(text))
        } else if kind == .word, piece.isLineOpen {
          counter.countEndOfSentence()
        }
      }
    }
  }

  private func checkSpace(_ needed: Int) throws {
    var system = statvfs()
    guard statvfs(folder.path, &system) == 0 else { return }
    let free = Int(system.f_bavail) * Int(system.f_frsize)
    guard needed <= free else {
      throw UserError(
        "the store takes \(Self.megabytes(needed)), but only \(Self.megabytes(free)) are free on "
          + "the disk of '\(folder.relativePath)'",
        hint: "free some space there, or choose a folder on another disk")
    }
  }

  private static func megabytes(_ count: Int) -> String { "\((count + 999_999) / 1_000_000) MB" }

  // MARK: Ids

  private func reader(from position: CorpusReader.Position) -> CorpusReader {
    CorpusReader(files, kind: recipe.kind, division: recipe.division, from: position)
  }

  private func write(_ vocabulary: Vocabulary, from journal: StoreJournal) throws -> StoreJournal {
    var journal = journal
    var shard: ShardWriter?
    let reader = reader(from: journal.position)
    func finishShard() throws {
      guard let finished = try shard?.finish() else { return }
      shard = nil
      journal.shards.append(finished)
      try journal.write(to: folder)
    }
    try Activity.run("tokenising") { _ in
      try OrderedWork.run(threads: threads) {
        TokenEncoding(vocabulary)
      } read: { encoding in
        try reader.read(encoding.text)
      } work: { encoding, piece in
        try encoding.encode(piece)
      } take: { encoded in
        if encoded.count > 0 {
          if shard == nil { shard = try ShardWriter(journal.shards.count, in: folder, vocabulary) }
          try shard?.append(
            encoded.ids, count: encoded.count, ends: encoded.ends, &journal.lines)
        }
        if encoded.piece.reader == nil { journal.lines.endFile() }
        journal.textBytes += encoded.textBytes
        journal.position = encoded.piece.next
        if let shard, shard.count >= recipe.shardTokens { try finishShard() }
      }
      try finishShard()
    }
    return journal
  }
}
