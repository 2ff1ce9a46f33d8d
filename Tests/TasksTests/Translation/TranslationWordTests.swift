import Foundation
import TestSupport
import Testing
import Unroll

/// Words that are unknown, and words that stand apart.
@Suite struct TranslationWordTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func begin(
    _ pairs: String, _ settings: [String: String] = [:], run: String = "run"
  ) throws -> TrainingRun<TranslationTask> {
    let basic = [
      "data.pairs": try folder.write(pairs, to: "\(run).tsv").path, "data.valid_fraction": "0",
      "model.hidden": "12", "model.embedding": "8", "train.batch": "8", "train.epochs": "1",
      "optimizer.lr": "0.02", "train.threads": "1",
    ]
    let run = try TrainingRun<TranslationTask>(
      TranslationTask.schema.resolve(
        overrides: basic.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(run)))
    try run.begin()
    return run
  }

  // MARK: Words that stand apart

  /// What a tokenizer has parted comes back as it was, whatever marks it has.
  @Test(arguments: [
    "ein mann .", "don 't , he said", "t-shirt @-@ &apos;s &quot; 10:30", "« a » ( b ) ; c ?", "x",
  ])
  func blanksComeBack(text: String) throws {
    let tokens = try TranslationTokens.of([text, "y"], kind: .blank, limits: .none)
    #expect(tokens.decode(try tokens.encode("  " + text.replacing(" ", with: " \t "))) == text)
    let words = try tokens.encode(text)
    #expect(words.count == text.split(separator: " ").count)
    #expect(tokens.decode(try tokens.encode(text + " unseen")) == text + " <unk>")
  }

  /// Where nobody says how many, 8000 subwords are learnt, if there are as many.
  @Test func subwordsAreEightThousand() throws {
    let random = RandomStream(seed: 3, purpose: .generator)
    let letters = Array("abcdefghijklmnop")
    let words = (0..<3000).map { word in
      String((0..<8).map { letters[Int(random.word(row: word, index: $0) % 16)] })
    }
    // What comes once is no subword.
    let tokens = try TranslationTokens.of(words + words, kind: .bpe, limits: .none)
    #expect(tokens.count == 8000)
  }

  /// A side is told by its own texts; what somebody asked for stays.
  @Test func textsThatStandApartAreFound() throws {
    let apart = String(repeating: "one , two .\tdrei , vier .\n", count: 6)
    func kinds(_ run: TrainingRun<TranslationTask>) -> [OptionValue] {
      ["data.source_tokens", "data.target_tokens"].map { run.resolved[$0] }
    }
    let both = try begin(apart, run: "both")
    #expect(kinds(both) == [.string("blank"), .string("blank")])
    #expect(both.task.summary == "6 words between blanks to 6 words between blanks")
    let half = String(repeating: "one , two .\tdrei, vier.\n", count: 6)
    #expect(kinds(try begin(half, run: "half")) == [.string("blank"), .string("word")])
    #expect(
      kinds(try begin(half, ["data.share_vocabulary": "true"], run: "shared"))
        == [.string("word"), .string("word")])
    #expect(
      kinds(try begin(apart, ["data.tokens": "word"], run: "asked"))
        == [.string("word"), .string("word")])
    #expect(
      kinds(try begin(apart, ["data.tokens": "blank", "data.source_tokens": "char"], run: "mixed"))
        == [.string("char"), .string("blank")])
    // A run goes on as it began.
    #expect(
      try TrainingRun<TranslationTask>(resuming: both.folder.url).task.summary == both.task.summary)
  }

  @Test func translationsStandApartToo() throws {
    let pairs = (0..<40).map { _ in "one two .\teins zwei .\nthree , four .\tdrei , vier .\n" }
    let run = try begin(pairs.joined(), ["train.epochs": "12"])
    _ = try run.train { _ in }
    let task = try TranslationTask.open(run.folder.url, threads: 1)
    #expect(
      try task.predictions(["one two .", "three , four ."]).map(\.text)
        == ["eins zwei .", "drei , vier ."])
    let evaluation = try task.evaluate([folder.file("run.tsv")])
    #expect(evaluation.score["exact"] == 1)
    #expect(evaluation.json["bleu_scores"]?["signature"]?.string?.contains("|tok:none|") == true)
  }

  // MARK: Unknown words

  /// One word to BLEU, wherever it stands, and never one of the reference.
  @Test(arguments: ["a b <unk> d e", "<unk> b c d e", "a b c d <unk>", "a b <unk>, d e"])
  func anUnknownWordIsOne(hypothesis: String) {
    var scores = TranslationScores(nats: 0, tokens: 0)
    scores.add(
      words: 5, reference: hypothesis.replacing("<unk>", with: "x"), hypothesis: hypothesis)
    let json = scores.evaluation.json["bleu_scores"]
    let count = hypothesis.contains(",") ? 6 : 5
    #expect(json?["hypothesis_length"]?.integer == count)
    #expect(json?["reference_length"]?.integer == count)
    let precision = json?["precisions"]?.array?.first?.number ?? 0
    #expect(abs(precision - 100 * Double(count - 1) / Double(count)) < 1e-12)
  }

  /// What stands there is the word that was looked at, or what a lexicon says of it.
  @Test func unknownWordsAreReplaced() throws {
    // Every rare word is a rare word.
    let pairs = (0..<80).map { "r\($0)\ts\($0)\n" }.joined()
    let run = try begin(
      pairs, ["data.min_count": "2", "train.epochs": "20", "model.attention": "dot"])
    _ = try run.train { _ in }
    let task = try TranslationTask.open(run.folder.url, threads: 1)
    func found(_ replacement: UnknownReplacement?) throws -> [String] {
      var options = DecodingOptions()
      options.replacement = replacement
      options.asked = ["--replace-unknown"]
      try task.decode(options)
      return try task.predictions(["Zebra", "r1", ""]).map(\.text)
    }
    #expect(try found(nil) == ["<unk>", "<unk>", ""])
    #expect(try found(.attention) == ["zebra", "r1", ""])
    let lexicon = try folder.write("ZEBRA\tPferd\nzebra\tesel\n", to: "lexicon.tsv")
    #expect(try found(.lexicon(lexicon)) == ["pferd", "r1", ""])
    let test = try folder.write("Zebra\tPferd\n", to: "test.tsv")
    #expect(try task.evaluate([test]).score["exact"] == 1)
  }

  @Test func whatHasNoUnknownWordsIsRefused() throws {
    var options = DecodingOptions()
    options.replacement = .attention
    for (settings, hint) in [
      (["model.attention": "none"], "train with --attention general"),
      (["data.tokens": "char"], "drop it for this run"),
    ] {
      let task = try begin(
        "ab\tcd\nef\tgh\n", settings, run: settings.values.joined()
      ).task
      let error = #expect(throws: UserError.self) { try task.decode(options) }
      #expect(error?.hint == hint)
    }
    options.asked = ["--show-path"]
    let error = #expect(throws: UserError.self) {
      try begin("ab\tcd\n", run: "foreign").task.decode(options)
    }
    #expect(error?.message.hasPrefix("--show-path is not for translators") == true)
  }

  // MARK: Files

  /// Two files to validate on; pairs with an empty side are left out and told.
  @Test func validationTakesTwoFiles() throws {
    let sources = try folder.write("a b\n\nc\n", to: "valid.src")
    let targets = try folder.write("x y\nz\nu\n", to: "valid.tgt")
    let run = try begin(
      "a\tx\nb\t\n\ty\nc\tz\n", ["data.valid": #"["\#(sources.path)", "\#(targets.path)"]"#])
    var (warnings, summary): ([String], String) = ([], "")
    _ = try run.train {
      if case .warning(let text) = $0 { warnings.append(text) }
      if case .started(let started) = $0 { summary = started.description }
    }
    #expect(summary.contains("2 pairs, 2 to validate on"))
    let pairs = try folder.write("a\tx\nc\tz\nc\tz\n", to: "valid.tsv")
    let trained = try TranslationTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let all = try trained.evaluate([pairs, sources, targets, pairs]).score
    let parts = try [[pairs], [sources, targets], [pairs]].map { try trained.evaluate($0).score }
    var told: [String] = []
    _ = try trained.evaluate([sources, targets]) { told.append($0) }
    #expect(told.count == 1 && told[0].hasPrefix("1 pair has an empty side"), "\(told)")
    expectUserError(saying: "1 pair has an empty side", "--strict") {
      _ = try trained.evaluate([sources, targets], isStrict: true)
    }
    #expect(all.count == 8 && parts.map(\.count).reduce(0, +) == 8)
    #expect(
      warnings.contains {
        $0.hasPrefix("2 pairs have an empty side and are left out, the first: the target of ")
          && $0.hasSuffix("line 2")
      })
  }
}
