import ArgumentParser
import Foundation
import TaskCommands
import Unroll

/// Makes a token store, to train on with `unroll train lm --data`.
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a token store of texts of any size.",
    discussion: """
      A store is a folder of ids that is mapped and not read: train on it with 'unroll train lm --data \
      STORE'. Files packed with gzip, zstd or xz are unpacked while they are read. The text is read twice, \
      to count tokens and to write their ids; with --vocabulary, and for bytes, once. What was killed goes \
      on behind the last whole shard when the same command is given again.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files, folders (all files in and below them, by name), patterns such as 'news/*.gz', or - for standard input; read in this order.",
      valueName: "path"))
  var text: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files that name further ones, a path a line; read behind --text.", valueName: "file"))
  var list: [String] = []
  @Option(help: "What a token is.") var tokens: TokenKind?
  @Option(help: "Where words are divided: at blanks, or from punctuation too.")
  var split: WordDivision = .blank
  @Option(
    parsing: .unconditional,
    help: "Keep this many most frequent tokens; 0: all. Of bpe, subwords to learn; 0: 8000.")
  var vocabSize = 0
  @Option(parsing: .unconditional, help: "Drop tokens seen less often than this.") var minCount = 1
  @Option(
    help: ArgumentHelp(
      "Take the vocabulary of a store, a run, or a file vocabulary.json, in place of counting.",
      valueName: "path"))
  var vocabulary: String?
  @Option(
    help: ArgumentHelp(
      "Take the subwords of a tokenizer.json, in place of learning them.", valueName: "file"))
  var tokenizer: String?
  @Option(help: "What a document is: a file, or what stands between blank lines.")
  var documents: DocumentDivision = .file
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A shard ends with the piece of text behind which it has so many tokens: what a kill costs at most.",
      valueName: "tokens"))
  var shardTokens = 1 << 29
  @Option(help: ArgumentHelp("Folder of the store.", valueName: "store")) var out: String
  @Flag(help: "Replace the store that the folder holds.") var overwrite = false
  @Option(parsing: .unconditional, help: "Threads; 0: as many as there are cores.") var threads = 0
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var showing: ShowingOptions

  func validate() throws {
    if text.isEmpty, list.isEmpty { throw ValidationError("Name texts with --text or --list.") }
    if threads < 0 || threads > 4096 {
      throw ValidationError("--threads must be 0...4096, found \(threads).")
    }
    if shardTokens < 1 || shardTokens > 1 << 30 {
      throw ValidationError("--shard-tokens must be 1...1073741824, found \(shardTokens).")
    }
    if vocabSize < 0 {
      throw ValidationError("--vocab-size must be 0 or more, found \(vocabSize).")
    }
    if vocabulary != nil, tokens != nil || tokenizer != nil || vocabSize > 0 || minCount > 1 {
      throw ValidationError(
        "--vocabulary decides what --tokens, --tokenizer, --vocab-size and --min-count would.")
    }
    if tokenizer != nil, tokens != nil && tokens != .subword || vocabSize > 0 || minCount > 1 {
      throw ValidationError(
        "--tokenizer decides what --vocab-size and --min-count would, and --tokens is bpe.")
    }
    if text.contains("-"), text.count > 1 || !list.isEmpty {
      throw ValidationError("Standard input, '-', cannot be read beside other texts.")
    }
  }

  func run() throws {
    let url = try URL(typed: out)
    let recipe = try recipe()
    let store: TokenStore
    if text == ["-"] {
      let input = try KeptInput(beside: url)
      defer { input.remove() }
      store = try input.reading { try build(CorpusFiles([$0]), recipe, in: url, isOneOff: true) }
    } else {
      let names = text + (try list.flatMap { try CorpusFiles.list(URL(typed: $0)) })
      store = try build(CorpusFiles(CorpusFiles.named(names)), recipe, in: url)
    }
    show(store)
  }

  private func build(
    _ files: CorpusFiles, _ recipe: TokenStoreBuilder.Recipe, in url: URL, isOneOff: Bool = false
  ) throws -> TokenStore {
    try TokenStoreBuilder.build(
      files, recipe, in: url, isOneOff: isOneOff, replaces: overwrite,
      threads: threads > 0 ? threads : UsableCores.count
    ) { Output.standardError.message($0) }
  }

  private func recipe() throws -> TokenStoreBuilder.Recipe {
    var recipe: TokenStoreBuilder.Recipe
    if let vocabulary {
      recipe = .init(try Vocabulary(contentsOf: file(of: vocabulary)))
    } else if let tokenizer {
      recipe = .init(
        try .subwords(SubwordTokenizer(contentsOf: URL(typed: tokenizer))))
    } else {
      recipe = .init(tokens ?? .word)
      recipe.limits = VocabularyLimits(keeping: vocabSize, minimumCount: minCount)
    }
    guard split == .blank || recipe.kind == .word else {
      throw UserError.usage(
        "--split divides words, and tokens are of the kind '\(recipe.kind.rawValue)'",
        hint: "drop --split, or use --tokens word")
    }
    recipe.division = split
    recipe.documents = documents
    recipe.shardTokens = shardTokens
    return recipe
  }

  /// A store and a run keep their vocabularies under the same name.
  private func file(of path: String) throws -> URL {
    let url = try URL(typed: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { return url }
    return url.appendingPathComponent(RunFolder.vocabularyName)
  }

  private func show(_ store: TokenStore) {
    let manifest = store.manifest
    if json {
      Output.json([
        "store": store.url.relativePath, "tokens": manifest.tokens, "lines": manifest.lines,
        "documents": manifest.documents, "vocabulary": manifest.vocabularySize,
        "text_bytes": manifest.textBytes, "shards": manifest.shards.count,
        "digest": store.contentDigest.hexadecimal,
      ])
    } else {
      Output.standardOutput.write(
        "\(out): \(manifest.tokens) \(manifest.kind) tokens, \(manifest.vocabularySize) distinct, in "
          + "\(manifest.lines) lines and \(manifest.documents) documents, \(manifest.shards.count) "
          + "shards\n")
    }
  }
}

extension TokenKind: ExpressibleByArgument {}
extension WordDivision: ExpressibleByArgument {}
extension DocumentDivision: ExpressibleByArgument {}
