import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Texts that a classifier reads in byte-pair subwords.
@Suite struct ClassifiedSubwordsTests {
  private let folder: TemporaryFolder
  private static let words = ["reading", "reader", "reads", "sleeping", "sleeper", "sleeps"]

  init() throws { folder = try TemporaryFolder() }

  private func begin(
    _ name: String, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<ClassificationTask> {
    let text = (0..<90).map { number in
      let word = Self.words[number % 6]
      return "\(number % 6 < 3 ? "book" : "bed")\tThe \(word), \(Self.words[(number + 1) % 3]).\n"
    }.joined()
    let data = try folder.write(text, to: "data.tsv")
    return try .begun(
      at: folder.file(name),
      [
        "data.train": data.path, "data.tokens": "bpe", "data.vocabulary_size": "274",
        "data.valid_fraction": "0.1", "model.hidden": "12", "model.embedding": "9",
        "train.threads": "2", "train.updates": "200", "train.batch": "9", "optimizer.lr": "0.03",
      ], settings)
  }

  @Test func learnsAndKnowsUnseenWords() throws {
    let run = try begin("run")
    try run.train()
    let task = try ClassificationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let tokenizer = try SubwordTokenizer(contentsOf: run.folder.tokenizer(of: "texts"))
    let vocabulary = try Vocabulary(contentsOf: run.folder.vocabulary)
    #expect(tokenizer.count == 274 && vocabulary.count < 274)
    // A word is more than a letter and less than a whole, and one that was never seen is spelt.
    let pieces = tokenizer.encode("The sleepers").map { tokenizer.parts.pieces[Int($0)] }
    #expect(pieces.count > 1 && pieces.count < 8 && pieces[0] == "ĠThe")
    #expect(pieces.contains { $0.count > 2 && vocabulary.id(of: $0) != nil })
    var lines = ["The reading, reader.", "The sleepers, reader."][...]
    var found: [String] = []
    try task.predict({ lines.popFirst() }, isReady: { true }) { found.append($0.text) }
    #expect(found.map { $0.prefix { $0 != "\t" } } == ["book", "bed"])
    #expect(task.summary.hasSuffix(" subword tokens"))
  }

  @Test func resumesAndTakesATokenizer() throws {
    try expectResumingEqualsNeverStopping(begin("straight"), begin("stopped"), at: 17)
    let file = folder.file("straight/tokenizer-texts.json")
    let other = try begin("other", ["data.tokenizer": file.path, "data.vocabulary_size": "0"])
    try expectEqualFiles(file, folder.file("other/tokenizer-texts.json"))
    try other.train()
    try expectEqualTensors(
      folder.file("straight/model.safetensors"), folder.file("other/model.safetensors"))
  }

  @Test(arguments: [
    (["data.tokens": "word", "data.tokenizer": "x.json"], "texts are not read in subwords"),
    (["data.embeddings": "v.txt"], "vectors of words"), (["data.split": "punctuation"], "--split"),
    (["data.encode": "trigrams"], "--encode trigrams"),
  ])
  func whatDoesNotGoTogetherIsRefused(settings: [String: String], words: String) throws {
    let error = #expect(throws: UserError.self) { try begin("refused", settings) }
    #expect(error?.kind == .usage && error?.message.contains(words) == true)
  }

  private func expectEqualFiles(_ a: URL, _ b: URL) throws {
    #expect(try Data(contentsOf: a) == Data(contentsOf: b))
  }
}
