import Compute
import Corpora
import Foundation
import Interchange
import Tasks
import TestSupport
import Testing

/// Against Hugging Face's tokenizers library; see make_subword_goldens.py.
@Suite struct SubwordGoldenTests {
  private static let specials = ["<pad>", "<unk>", "<s>", "</s>"]

  private func golden(_ name: String) throws -> URL {
    try #require(
      Bundle.module.url(
        forResource: name, withExtension: nil, subdirectory: "values/subwords"))
  }

  private func configuration(_ name: String) -> SubwordTrainer.Configuration {
    typealias Configuration = SubwordTrainer.Configuration
    switch name {
    case "bytes":
      var result = Configuration(vocabularySize: 600)
      result.specials = Self.specials
      return result
    case "bytes-prefix":
      var result = Configuration(
        vocabularySize: 2000, splitting: .byteLevel(addsPrefixSpace: true))
      result.minimumCount = 3
      result.specials = ["<s>"]
      return result
    default:
      var result = Configuration(vocabularySize: 400, splitting: .whitespace)
      result.specials = Self.specials
      result.unknown = "<unk>"
      return result
    }
  }

  private struct Encoding: Decodable {
    let text: String
    let ids: [Int32]
    let decoded: String
    let decoded_whole: String
  }

  private func encodings(_ name: String) throws -> [Encoding] {
    let data = try Data(contentsOf: golden("encodings.json"))
    return try #require(try JSONDecoder().decode([String: [Encoding]].self, from: data)[name])
  }

  /// The file holds vocabulary, merges and ids: all of them are equal.
  @Test(arguments: ["bytes", "bytes-prefix", "whitespace"])
  func trainingOnTheSameFileGivesTheSameFile(name: String) throws {
    var trainer = try SubwordTrainer(configuration(name))
    try trainer.add(contentsOf: golden("text.txt"))
    let tokenizer = try trainer.train()
    let expected = try String(contentsOf: golden("\(name).json"), encoding: .utf8)
    #expect(Array(tokenizer.file.json.indented.utf8) == Array(expected.utf8))
    #expect(tokenizer == (try SubwordTokenizer(contentsOf: golden("\(name).json"))))
    if let folder = ProcessInfo.processInfo.environment["UNROLL_TOKENIZER_FOLDER"] {
      try tokenizer.save(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).json"))
    }
  }

  @Test(arguments: ["bytes", "bytes-prefix", "whitespace", "suffix"])
  func awkwardTextsHaveTheSameIDs(name: String) throws {
    let tokenizer = try SubwordTokenizer(contentsOf: golden("\(name).json"))
    var encoder = SubwordEncoder(tokenizer)
    let encodings = try encodings(name)
    #expect(encodings.count == 14)
    for encoding in encodings {
      #expect(tokenizer.encode(encoding.text) == encoding.ids, "\(encoding.text.debugDescription)")
      // Once from scratch and once from memory.
      #expect(encoder.encode(encoding.text) == encoding.ids)
      #expect(encoder.encode(encoding.text) == encoding.ids)
      #expect(Array(tokenizer.decode(encoding.ids).utf8) == Array(encoding.decoded.utf8))
      let whole = tokenizer.decode(encoding.ids, skipsSpecials: false)
      #expect(Array(whole.utf8) == Array(encoding.decoded_whole.utf8))
    }
  }

  @Test(arguments: ["bytes", "bytes-prefix", "whitespace", "suffix", "words"])
  func filesOfTheLibraryAreWrittenAsTheyWere(name: String) throws {
    let url = try golden("\(name).json")
    let file = try TokenizerFile(contentsOf: url)
    #expect(Array(file.json.indented.utf8) == Array(try Data(contentsOf: url)))
    if name == "suffix" { #expect(try SubwordTokenizer(contentsOf: url).file == file) }
  }

  @Test func wordsAreNoSubwords() throws {
    let url = try golden("words.json")
    let error = #expect(throws: UserError.self) { try SubwordTokenizer(contentsOf: url) }
    #expect(error?.message.contains("model.type: found WordLevel, expected BPE") == true)
  }

  @Test func aVocabularyOfWordsIsAFileOfWords() throws {
    let words = try Vocabulary.of(["b a b\n"], kind: .word)
    let file = words.wordFile
    #expect(file.vocabulary == words.tokens)
    #expect(file.model == .words(unknown: "<unk>"))
    #expect(file.addedTokens.count == 2)
  }

  /// The same for a corpus of a million characters.
  @Test(.enabled(if: SharedData.url("tinyshakespeare") != nil))
  func shakespeareGivesTheSameFile() throws {
    let folder = try #require(SharedData.url("tinyshakespeare"))
    var configuration = SubwordTrainer.Configuration(vocabularySize: 1000)
    configuration.specials = Self.specials
    var trainer = try SubwordTrainer(configuration)
    try trainer.add(contentsOf: folder.appendingPathComponent("input.txt"))
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("tokenizer-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: copy) }
    try trainer.train().save(to: copy)
    #expect(try SHA256.hexadecimal(ofFile: copy) == Self.shakespeareDigest)
  }

  private static let shakespeareDigest =
    "4de8158eeb29345a9e64b3c05998ff47f7cabbddb303a67d329211dfefa0154d"
}
