import Foundation
import Runs
import Tasks
import TestSupport
import Testing

/// What the rules of single tasks say, as `docs/defaults.md` tells it.
@Suite struct AdvisedRulesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    StandardTasks.register()
  }

  /// The settings of a run on `text`, which nobody begins.
  private func settled<Task: TrainingTask>(
    _ task: Task.Type, _ text: String, _ settings: [String: String] = [:]
  ) throws -> ResolvedSettings {
    let name = "data-\(settings["name"] ?? "txt")"
    let path = try folder.write(text, to: name).path
    let key =
      ["data.train", "data.text", "data.pairs", "data.music"].first {
        Task.schema.option($0) != nil
      } ?? ""
    let given = settings.filter { $0.key != "name" }.merging([key: path]) { $1 }
    let asked = try Task.schema.resolve(
      overrides: given.map { SettingsOverride($0.key, text: $0.value) })
    return try SettledData<Task>(
      asked, isNew: true, in: .plan(at: folder.file("run-\(UUID().uuidString)"))
    ).resolved
  }

  private func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (0..<count).map { line($0) + "\n" }.joined()
  }

  @Test func namesAreReadByLettersAndSentencesByWords() throws {
    let names = lines(60) { "\($0 % 2)\tname\($0)" }
    let letters = try settled(ClassificationTask.self, names)
    #expect(letters["data.tokens"] == .string("char") && letters["data.encode"] == .string("ids"))
    #expect(letters["model.pooling"] == .string("max"))
    let asked = try settled(ClassificationTask.self, names, ["data.tokens": "word"])
    #expect(asked["data.tokens"] == .string("word"))

    let sentences = lines(60) { "\($0 % 2)\tthe word \($0) is here" }
    let words = try settled(ClassificationTask.self, sentences)
    #expect(words["data.tokens"] == .string("word"))
    #expect(
      words["data.encode"] == .string("trigrams") && words["data.lowercase"] == .boolean(true))
    let ids = try settled(ClassificationTask.self, sentences, ["data.encode": "ids"])
    #expect(ids["data.lowercase"] == .boolean(false), "a rule is taken whole or not at all")
    // Few examples are learnt from all, unless something goes by validation.
    #expect(words["data.valid_fraction"] == .number(0))
    let patient = try settled(ClassificationTask.self, sentences, ["train.patience": "3"])
    #expect(patient["data.valid_fraction"] == .number(0.1))
    let many = try settled(ClassificationTask.self, lines(1000) { "\($0 % 2)\tthe word \($0) is" })
    #expect(many["data.valid_fraction"] == .number(0.1))
  }

  @Test(arguments: [(40, 8, 150, 1), (700, 32, 142, 1), (2100, 64, 93, 2)])
  func seriesAreLearntByTheirNumber(count: Int, batch: Int, epochs: Int, layers: Int) throws {
    let series = lines(count) { "\($0 % 3),0.\($0 % 10),0.5,0.\($0 % 7)" }
    let found = try settled(ClassificationTask.self, series, ["name": "series.csv"])
    #expect(found["train.batch"] == .integer(batch) && found["train.epochs"] == .integer(epochs))
    #expect(found["model.layers"] == .integer(layers) && found["model.cell"] == .string("gru"))
    #expect(found["data.standardize"] == .boolean(true))
    // Epochs follow a minibatch that is given.
    let asked = try settled(
      ClassificationTask.self, series, ["name": "series.csv", "train.batch": "\(2 * batch)"])
    #expect(asked["train.epochs"] == .integer(min(150, 3000 / max(1, count / (2 * batch)))))
  }

  @Test func tagsAreChosenTogetherWhereTheyAreFew() throws {
    func text(_ tags: Int) -> String {
      lines(tags) { "word\($0) \($0 % 2 == 0 ? "B" : "I")-t\($0)\n" }
    }
    let few = try settled(TaggingTask.self, text(20))
    #expect(few["model.head"] == .string("crf") && few["data.learn"] == .string("iobes"))
    #expect(try settled(TaggingTask.self, text(201))["model.head"] == .string("softmax"))
    let single = try settled(TaggingTask.self, lines(9) { "word\($0) tag\($0 % 3)\n" })
    #expect(single["data.learn"] == .string("same"), "no spans")
    let names = try settled(TaggingTask.self, text(20), ["model.head": "sigmoid"])
    #expect(names["data.learn"] == .string("same"))
  }

  @Test func textsAreCutToStreamsThatTheyFill() throws {
    for count in [90, 900, 90_000] {
      let text = String(repeating: "a b c d e\n", count: count / 10)
      let found = try settled(LanguageModelTask.self, text)
      guard case .integer(let batch) = found["train.batch"],
        case .integer(let steps) = found["train.steps"]
      else { return #expect(Bool(false)) }
      #expect(batch * steps < count / 2 && batch >= (count > 50_000 ? 8 : 1))
      #expect(found["model.tie"] == .boolean(false))
      #expect(found["optimizer.lr"] == .number(0.003), "short, and without a warm-up")
    }
    let words = try settled(
      LanguageModelTask.self, String(repeating: "a b\n", count: 50), ["data.tokens": "word"])
    #expect(words["model.tie"] == .boolean(true))
  }

  /// Wide layers learn at lower rates; the rate rises for three tenths of all updates, however many these are.
  @Test(arguments: [
    ([:], 0.01, "3.3e"), (["model.hidden": "512"], 0.005, "3.3e"),
    (["model.hidden": "4096"], 0.001, "3.3e"), (["model.hidden": "100"], 0.01, "3.3e"),
    (["train.epochs": "5"], 0.01, "1.5e"),
    (["train.updates": "90"], 0.003, "0"), (["schedule.name": "step"], 0.003, "0"),
    (["schedule.warmup": "11", "optimizer.lr": "0.2"], 0.2, "11"),
  ]) func ratesRiseFirst(given: [String: String], rate: Double, warmup: String) throws {
    // 1.3 million characters: 11 epochs.
    let text = String(repeating: "abc de f\n", count: 148_000)
    let found = try settled(LanguageModelTask.self, text, given)
    #expect(found["optimizer.lr"] == .number(rate))
    #expect("\(found["schedule.warmup"])".trimmingCharacters(in: ["\""]) == warmup)
  }

  /// AdamW and its decay come with a rate that rises, and only where nobody has chosen an optimizer: as a part of
  /// Adam's gradient so much decay would be another thing.
  @Test(arguments: [
    ([:], "adamw", 0.05, 0.01, "30.0e"), (["train.epochs": "7"], "adamw", 0.05, 0.01, "2.1e"),
    (["optimizer.name": "adam"], "adam", 0, 0.01, "30.0e"),
    (["optimizer.weight_decay": "0.2"], "adamw", 0.2, 0.01, "30.0e"),
    (["train.updates": "90"], "adam", 0, 0.003, "0"),
    (["schedule.name": "step"], "adam", 0, 0.003, "0"),
  ]) func weightsOfClassifiersDecay(
    given: [String: String], optimizer: String, decay: Double, rate: Double, warmup: String
  ) throws {
    let names = lines(60) { "\($0 % 2)\tname\($0)" }
    let found = try settled(ClassificationTask.self, names, given)
    #expect(found["optimizer.name"] == .string(optimizer))
    #expect(found["optimizer.weight_decay"] == .number(decay))
    #expect(found["optimizer.lr"] == .number(rate))
    #expect("\(found["schedule.warmup"])".trimmingCharacters(in: ["\""]) == warmup)
  }

  /// On longer texts of tags nothing was won by a rate that rises.
  @Test(arguments: [(99, "adamw", 0.005, 100), (100, "adam", 0.002, 200)])
  func weightsOfTaggersDecayWhereWordsAreFew(
    sentences: Int, optimizer: String, rate: Double, hidden: Int
  ) throws {
    let sentence = lines(1000) { "word\($0) tag\($0 % 3)" } + "\n"
    let found = try settled(TaggingTask.self, String(repeating: sentence, count: sentences))
    #expect(found["optimizer.name"] == .string(optimizer))
    #expect(found["optimizer.weight_decay"] == .number(optimizer == "adamw" ? 0.05 : 0))
    #expect(found["optimizer.lr"] == .number(rate) && found["model.hidden"] == .integer(hidden))
  }

  @Test(arguments: [
    (60, [:], 1, 76, 0.02, "22.8e"), (60, ["schedule.name": "step"], 1, 76, 0.002, "0"),
    (2_000, [:], 16, 36, 0.02, "10.8e"), (2_000, ["train.batch": "8"], 8, 20, 0.02, "6.0e"),
  ]) func piecesAreLearntAtAHighRate(
    pieces: Int, given: [String: String], batch: Int, epochs: Int, rate: Double, warmup: String
  ) throws {
    let train = (0..<pieces).map { "[[\(60 + $0 % 12)],[64]]" }.joined(separator: ",")
    let found = try settled(
      CompositionTask.self, "{\"train\":[\(train)],\"valid\":[[[60]]],\"test\":[]}",
      given.merging(["name": "music.json"]) { $1 })
    #expect(found["train.batch"] == .integer(batch) && found["train.epochs"] == .integer(epochs))
    #expect(found["optimizer.name"] == .string(warmup == "0" ? "adam" : "adamw"))
    #expect(found["optimizer.lr"] == .number(rate))
    #expect("\(found["schedule.warmup"])".trimmingCharacters(in: ["\""]) == warmup)
  }

  @Test(arguments: [
    ([:], "adamw", 0.05, 0.003, "15.0e", 0.1),
    (["train.epochs": "9"], "adamw", 0.05, 0.003, "2.7e", 0),
    (["optimizer.name": "adam"], "adam", 0, 0.003, "15.0e", 0.1),
    (["schedule.name": "cosine"], "adam", 0, 0.001, "200", 0.1),
    (["train.updates": "90"], "adam", 0, 0.001, "200", 0),
    (["model.output": "nce"], "adamw", 0.05, 0.003, "15.0e", 0),
  ]) func pairsAreLearntAtAHighRate(
    given: [String: String], optimizer: String, decay: Double, rate: Double, warmup: String,
    smoothing: Double
  ) throws {
    let pairs = lines(60) { "the source \($0)\tthe target \($0)" }
    let found = try settled(TranslationTask.self, pairs, given)
    #expect(found["train.label_smoothing"] == .number(smoothing))
    #expect(found["optimizer.name"] == .string(optimizer))
    #expect(found["optimizer.weight_decay"] == .number(decay))
    #expect(found["optimizer.lr"] == .number(rate))
    #expect("\(found["schedule.warmup"])".trimmingCharacters(in: ["\""]) == warmup)
  }

  /// Weights that have learnt already are not thrown off by a high rate.
  @Test func weightsOfAnotherRunGoOnAtALowRate() throws {
    let text = String(repeating: "abc de f\n", count: 148_000)
    let short = try folder.write(String(text.prefix(900)), to: "source.txt")
    let given = [
      "data.text": short.path, "train.updates": "1", "train.threads": "1", "model.hidden": "7",
      "train.batch": "2", "train.steps": "3",
    ]
    let source = try TrainingRun<LanguageModelTask>(
      LanguageModelTask.schema.resolve(
        overrides: given.map { SettingsOverride($0.key, text: $0.value) }),
      folder: .plan(at: folder.file("source")))
    try source.begin()
    try source.train(stopAt: .max)
    let found = try settled(
      LanguageModelTask.self, text, ["train.from": source.folder.url.path])
    let fixed = try LanguageModelTask.schema.resolve()
    #expect(found["model.hidden"] == .integer(7))
    #expect(found["optimizer.lr"] == .number(0.001))
    #expect(found["schedule.warmup"] == fixed["schedule.warmup"])
  }

  /// Many words are written in clusters, unless somebody asks for what these have not.
  @Test(arguments: [
    (6_000, [:], "adaptive", false), (4_000, [:], "full", true),
    (6_000, ["model.output": "sampled"], "sampled", true),
    (6_000, ["model.tie": "true"], "full", true),
    (6_000, ["train.label_smoothing": "0.1"], "full", true),
  ]) func manyWordsAreWrittenInClusters(
    words: Int, given: [String: String], output: String, isTied: Bool
  ) throws {
    let found = try settled(
      LanguageModelTask.self, lines(words) { "w\($0)" },
      given.merging(["data.tokens": "word"]) { $1 })
    #expect(found["model.output"] == .string(output) && found["model.tie"] == .boolean(isTied))
    #expect(found["model.cluster_factor"] == .integer(output == "adaptive" ? 2 : 4))
    guard case .strings(let cutoffs) = found["model.cutoffs"] else { return #expect(Bool(false)) }
    #expect(cutoffs.isEmpty == (output != "adaptive"))
  }

  /// Frequent words are told apart first, as many as the text has, and no more than they are worth.
  @Test func clustersFollowFromHowOftenWordsStandThere() throws {
    func cutoffs(_ text: String, _ further: [String: String] = [:]) throws -> [Int] {
      let found = try settled(
        LanguageModelTask.self, text,
        ["data.tokens": "word", "model.output": "adaptive"].merging(further) { $1 })
      guard case .strings(let cutoffs) = found["model.cutoffs"] else { return [] }
      return cutoffs.compactMap { Int($0) }
    }
    let rare = lines(200) { "w\($0) x\($0)" }
    let steep = String(repeating: "a b c d e\n", count: 400) + rare
    let (first, second) = (try cutoffs(steep), try cutoffs(rare))
    // Five words and the line ends are 86 % of the one; any 202 words are half of the other's.
    #expect((4...12).contains(first.first ?? 0), "\(first)")
    #expect((second.first ?? 0) > 60, "\(second)")
    #expect(try cutoffs(steep, ["model.cutoffs": "40"]) == [40])
    #expect(try cutoffs(steep, ["model.cell": "gru"]) == first)
  }

  @Test func sidesWithoutBlanksAreReadByCharacters() throws {
    let pairs = lines(30) { "das ist \($0)\t这是第\($0)个句子" }
    let found = try settled(TranslationTask.self, pairs)
    #expect(found["data.source_tokens"] == .string("word"))
    #expect(found["data.target_tokens"] == .string("char"))
    let asked = try settled(TranslationTask.self, pairs, ["data.tokens": "word"])
    #expect(asked["data.target_tokens"] == .string("word"))
  }

  /// A rule that contradicts what was given is left out, not told as a mistake of the user's.
  @Test func rulesYieldToWhatIsGiven() throws {
    let clock = try settled(
      TranslationTask.self, lines(30) { "a \($0)\tb \($0)" },
      ["model.cell": "clockwork", "model.attention": "none"])
    #expect(clock["model.bidirectional"] == .boolean(false))
    let adaptive = try settled(
      LanguageModelTask.self, String(repeating: "a b\n", count: 50),
      ["data.tokens": "word", "model.output": "adaptive"])
    #expect(adaptive["model.tie"] == .boolean(false))
    let both = try settled(
      LanguageModelTask.self, String(repeating: "a b\n", count: 50),
      ["data.tokens": "word", "model.output": "adaptive", "model.adaptive_inputs": "true"])
    #expect(both["model.tie"] == .boolean(true))
    let clusters = try settled(
      TranslationTask.self, lines(30) { "a \($0)\tb \($0)" }, ["model.output": "adaptive"])
    #expect(clusters["model.tie"] == .string("none"))
  }

  /// The page names every setting that a rule may set.
  @Test func thePageNamesEverySetting() throws {
    let page = try String(
      contentsOf: SharedData.packageRoot.appendingPathComponent("docs/defaults.md"), encoding: .utf8
    )
    for task in TaskRegistry.tasks {
      for key in task.advisedKeys {
        let name = key.drop { $0 != "." }.dropFirst()
        #expect(
          page.contains("`\(name)`")
            || ["train.batch", "train.epochs", "optimizer.name", "schedule.name"].contains(key),
          "\(key) of \(task.name)")
      }
    }
  }
}
