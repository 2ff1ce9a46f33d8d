import Compute
import Foundation

extension TokenizerFile {
  /// Reads a file of the tokenizers library, with merges in the newer form (`["a", "b"]`) or the
  /// older one (`"a b"`), and as GPT-2's own: without `model.type` and with an empty `unk_token`,
  /// which is none.
  ///
  /// Throws a `UserError` that names the file and the member: for text that is no JSON, cut short
  /// above all; for ids that are there twice; for merges of pieces, or into a piece, that the
  /// vocabulary lacks, or that are there twice; and for whatever is not supported.
  package init(contentsOf url: URL) throws {
    let file = try FileBytes.unpacked(url)
    let value: JSONValue
    do {
      value = try JSONValue(parsing: file.bytes, names: .bytes)
    } catch {
      let isCut = error.offset >= file.bytes.count
      throw UserError(
        "'\(url.relativePath)' is \(isCut ? "cut short" : "no JSON"): \(error.description)",
        hint: isCut ? "fetch it again" : "expected a tokenizer.json")
    }
    try self.init(TokenizerMember(value, path: "", file: url.relativePath))
  }

  private init(_ file: TokenizerMember) throws {
    try file.optional("normalizer")?.expect([.null])
    let model = try file["model"]
    let type = try model.optional("type")?.string ?? Self.untyped(model)
    var names = Vocabulary(try model["vocab"])
    try names.read()
    let added = try (file.optional("added_tokens")?.elements ?? []).map {
      try Self.addedToken($0, &names)
    }
    let vocabulary = try names.spellings()
    let preTokenizer = try Self.preTokenizer(try file["pre_tokenizer"])
    switch type {
    case "BPE":
      let pairs = try Self.pairModel(model, names)
      if case .byteLevel = preTokenizer, pairs.endOfWordSuffix != nil {
        throw try model["end_of_word_suffix"].error("not supported with pieces of bytes")
      }
      self.init(model: .pairs(pairs), vocabulary: vocabulary, preTokenizer: preTokenizer)
    case "WordLevel":
      let unknown = try model["unk_token"]
      guard names.ids[Spelling(try unknown.string)] != nil else {
        throw try unknown.error("found '\(unknown.string)', which the vocabulary lacks")
      }
      guard preTokenizer == .whitespaceSplit else {
        throw try file["pre_tokenizer"].error("expected WhitespaceSplit for a model of words")
      }
      self.init(
        model: .words(unknown: try unknown.string), vocabulary: vocabulary,
        preTokenizer: preTokenizer)
    default:
      throw (model.optional("type") ?? model).error("found '\(type)', expected BPE or WordLevel")
    }
    addedTokens = added
    let decoderMember = file.optional("decoder")
    if let found = decoderMember?.value["type"]?.string {
      guard found == decoder["type"]?.string, decoderMember?.value["suffix"] == decoder["suffix"]
      else { throw file.error("decoder: '\(found)' does not fit the model and its pre-tokeniser") }
    }
    decoder = decoderMember?.value ?? .null
    postProcessor = file.optional("post_processor")?.value ?? .null
    truncation = file.optional("truncation")?.value ?? .null
    padding = file.optional("padding")?.value ?? .null
  }

  /// The model that the members of `model` are those of; files of before 2021 do not name it.
  private static func untyped(_ model: TokenizerMember) -> String {
    if model.optional("merges") != nil { return "BPE" }
    if model.optional("max_input_chars_per_word") != nil { return "WordPiece" }
    return model.optional("unk_id") == nil ? "WordLevel" : "Unigram"
  }

  private static func addedToken(
    _ member: TokenizerMember, _ names: inout Vocabulary
  ) throws -> AddedToken {
    let content = try member["content"]
    let id = try member["id"].id
    let known = names.ids[Spelling(try content.string)]
    if let known, known != id {
      throw content.error("'\(try content.string)' has the id \(id) here and \(known) elsewhere")
    }
    if known == nil { try names.add(try content.string, id, at: member) }
    var token = AddedToken(
      id: id, isSpecial: try member["special"].boolean,
      isNormalized: try member.optional("normalized")?.boolean ?? false, isInModel: known != nil)
    token.isSingleWord = try member.optional("single_word")?.boolean ?? false
    token.stripsLeft = try member.optional("lstrip")?.boolean ?? false
    token.stripsRight = try member.optional("rstrip")?.boolean ?? false
    return token
  }

  private static func preTokenizer(_ member: TokenizerMember) throws -> PreTokenizer {
    guard member.value != .null else {
      throw member.error("found null, expected ByteLevel or WhitespaceSplit")
    }
    let type = try member["type"].string
    switch type {
    case "ByteLevel":
      try member.optional("use_regex")?.expect([.boolean(true)])
      return .byteLevel(
        addsPrefixSpace: try member["add_prefix_space"].boolean,
        trimsOffsets: try member.optional("trim_offsets")?.boolean ?? true)
    case "WhitespaceSplit": return .whitespaceSplit
    default:
      throw try member["type"].error("found '\(type)', expected ByteLevel or WhitespaceSplit")
    }
  }

  private static func pairModel(
    _ model: TokenizerMember, _ names: Vocabulary
  ) throws -> PairModel {
    try model.optional("dropout")?.expect([.null, .integer(0), .number(0)])
    try model.optional("continuing_subword_prefix")?.expect([.null, .string("")])
    try model.optional("byte_fallback")?.expect([.boolean(false)])
    try model.optional("ignore_merges")?.expect([.boolean(false)])
    var seen: Set<SIMD2<Int32>> = []
    var pairs = PairModel(
      merges: try model["merges"].elements.map { member in
        let parts = try member.pair
        func id(_ text: String, _ role: String) throws -> Int32 {
          guard let id = names.ids[Spelling(text)] else {
            throw member.error("the \(role) '\(text)' is not in the vocabulary")
          }
          return id
        }
        let merge = SIMD2(try id(parts.0, "left part"), try id(parts.1, "right part"))
        _ = try id(parts.0 + parts.1, "result")
        guard seen.insert(merge).inserted else {
          throw member.error("the merge of '\(parts.0)' and '\(parts.1)' is there twice")
        }
        return merge
      })
    if let unknown = model.optional("unk_token"), ![.null, .string("")].contains(unknown.value) {
      guard names.ids[Spelling(try unknown.string)] != nil else {
        throw unknown.error("found '\(try unknown.string)', which the vocabulary lacks")
      }
      pairs.unknown = try unknown.string
    }
    if let suffix = model.optional("end_of_word_suffix"), suffix.value != .null,
      suffix.value != .string("")
    {
      pairs.endOfWordSuffix = try suffix.string
    }
    pairs.fusesUnknown = try model.optional("fuse_unk")?.boolean ?? false
    return pairs
  }

  /// The ids of all spellings, from the model and from the added tokens.
  private struct Vocabulary {
    let member: TokenizerMember
    private(set) var ids: [Spelling: Int32] = [:]
    private var spelt: [Int32: String] = [:]

    init(_ member: TokenizerMember) { self.member = member }

    mutating func read() throws {
      guard case .object(let members) = member.value else {
        throw member.error("expected an object of pieces and their ids")
      }
      ids.reserveCapacity(members.count)
      spelt.reserveCapacity(members.count)
      for entry in members {
        guard let number = entry.value.integer, let id = Int32(exactly: number), id >= 0 else {
          throw member.error("'\(entry.name)' has the id \(entry.value), expected a whole number")
        }
        try add(entry.name, id, at: member)
      }
    }

    mutating func add(_ text: String, _ id: Int32, at place: TokenizerMember) throws {
      guard !text.isEmpty else { throw place.error("a piece without text") }
      if let other = spelt.updateValue(text, forKey: id) {
        throw place.error("'\(other)' and '\(text)' both have the id \(id)")
      }
      ids[Spelling(text)] = id
    }

    /// The spelling of each id, empty where an id is missing. An id that is far above all others is a
    /// mistake, which must not cost memory.
    func spellings() throws -> [String] {
      let count = spelt.keys.max().map { Int($0) + 1 } ?? 0
      guard count <= 2 * spelt.count + 65_536 else {
        throw member.error("the id \(count - 1) is far above the number of pieces, \(spelt.count)")
      }
      return (0..<Int32(count)).map { spelt[$0] ?? "" }
    }
  }
}
