import Compute
import Foundation

extension Vocabulary {
  /// The content of `vocabulary.json`. Bytes need no token list.
  private struct Document: Codable {
    static let format = "unroll-vocabulary"
    /// 2: of subwords.
    static let version = FileFormat(2)

    let format: String
    let version: Int
    let kind: String
    let digest: String
    let unknown: Int32?
    let endOfSentence: Int32?
    let tokens: [String]?
    /// How pieces become one another, of subwords.
    var subwords: SubwordRules?
  }

  /// Writes the vocabulary as JSON: whole or not at all. Throws `UserError`.
  ///
  /// Token by token: an encoder would take a gigabyte for some millions.
  package func save(to url: URL) throws {
    let document = Document(
      format: Document.format, version: kind == .subword ? 2 : 1, kind: kind.rawValue,
      digest: digest.hexadecimal, unknown: unknownID, endOfSentence: endOfSentenceID,
      tokens: kind == .byte ? nil : [], subwords: subwords.map(SubwordRules.init))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let frame = String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    let file = try AtomicFileWriter(url, createsFolders: true)
    guard kind != .byte else {
      try file.append(frame)
      return try file.commit()
    }
    guard let list = frame.range(of: "[\n\n  ]") else {
      preconditionFailure("an encoder that writes an empty list as none before: \(frame)")
    }
    var text = Array(frame[..<list.lowerBound].utf8) + Array("[".utf8)
    for (index, token) in tokens.enumerated() {
      text += index == 0 ? "\n    ".utf8 : ",\n    ".utf8
      text += Self.isPlain(token) ? Array("\"\(token)\"".utf8) : Array(try encoder.encode(token))
      guard text.count > 1 << 16 else { continue }
      try text.withUnsafeBytes { try file.append($0) }
      text.removeAll(keepingCapacity: true)
    }
    text += "\n  ]".utf8
    text += frame[list.upperBound...].utf8
    try text.withUnsafeBytes { try file.append($0) }
    try file.commit()
  }

  /// Whether a token is its own spelling in JSON.
  private static func isPlain(_ token: String) -> Bool {
    token.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file and what is wrong with it.
  package init(contentsOf url: URL) throws {
    let data = Data(try InputFile(url).rest())
    let path = url.path
    let hint = "it may be damaged: take it from the run again, or train anew"
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: data)
    } catch {
      throw UserError("'\(path)' is no vocabulary file: not the expected JSON", hint: hint)
    }
    guard document.format == Document.format else {
      throw UserError(
        "'\(path)' holds the format '\(document.format)', expected '\(Document.format)'",
        hint: hint)
    }
    try Document.version.check(document.version, of: url)
    guard let kind = TokenKind(rawValue: document.kind) else {
      let known = TokenKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError(
        "'\(path)' holds tokens of kind '\(document.kind)', expected one of \(known)", hint: hint)
    }
    guard let vocabulary = Self.make(kind, document) else {
      throw UserError("'\(path)' holds tokens that are no \(kind.rawValue) vocabulary", hint: hint)
    }
    guard vocabulary.digest.hexadecimal == document.digest else {
      throw UserError(
        "'\(path)' was changed: its tokens have the digest \(vocabulary.digest.hexadecimal), "
          + "expected \(document.digest)", hint: hint)
    }
    self = vocabulary
  }

  private static func make(_ kind: TokenKind, _ document: Document) -> Self? {
    let (tokens, unknown) = (document.tokens ?? [], document.unknown)
    switch kind {
    case .byte:
      return .bytes
    case .word:
      return .words(tokens)
    case .subword:
      return try? document.subwords?.parts(tokens, unknown: unknown).map {
        try .subwords(SubwordTokenizer($0))
      }
    case .character:
      var texts = tokens[...]
      if unknown != nil, texts.popLast() != unknownSpelling { return nil }
      let scalars = texts.compactMap { text in
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
      }
      guard scalars.count == texts.count, Set(scalars).count == scalars.count else { return nil }
      return .characters(scalars, hasUnknown: unknown != nil)
    }
  }
}
