import Autodiff
import Corpora
import Foundation
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// Trainings on stores, and in every order: exact over stops and threads, and measured as they are trained.
@Suite struct TextOrderRunTests {
  /// Lines of 1 to 9 tokens, blank ones among them.
  private static func text(_ folder: TemporaryFolder, _ name: String = "text.txt") throws -> URL {
    let lines = (0..<280).map { line in
      (0..<(line * 5) % 9).map { "w\((line + $0 * $0 + line / 7) % 17)" }.joined(separator: " ")
    }
    return try folder.write(lines.joined(separator: "\n") + "\n", to: name)
  }

  private static func store(_ folder: TemporaryFolder) throws -> TokenStore {
    var recipe = TokenStoreBuilder.Recipe(.word)
    recipe.documents = .blankLine
    return try TokenStoreBuilder.build(
      CorpusFiles([text(folder)]), recipe, in: folder.file("store"), threads: 2)
  }

  private static func settings(_ more: [String: String]) throws -> ResolvedSettings {
    let base = [
      "model.layers": "2", "model.hidden": "11", "model.embedding": "7", "model.dropout": "0.3",
      "data.valid_fraction": "0.2", "train.batch": "5", "train.steps": "6", "train.updates": "50",
      "train.threads": "1", "optimizer.lr": "0.01", "train.eval_every": "20",
    ]
    return try LanguageModelTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) })
  }

  private static func begin(_ settings: ResolvedSettings, _ url: URL) throws -> Run {
    let run = try Run(settings, folder: try RunFolder.plan(at: url))
    try run.begin()
    return run
  }

  @Test(arguments: ["stream", "documents", "lines"])
  func stopsAndThreadsChangeNothing(order: String) throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url.path
    let settings = ["data.stores": store, "train.order": order]
    let straight = try Self.begin(try Self.settings(settings), folder.file("straight"))
    try straight.train(stopAt: .max)
    // Beyond an epoch, and not at its end.
    #expect(straight.updatesPerEpoch < 50)
    let stopped = try Self.begin(
      try Self.settings(settings.merging(["train.threads": "3"]) { $1 }), folder.file("stopped"))
    #expect(try stopped.train(stopAt: 9) == .interrupted)
    #expect(
      try Run.resumed(stopped.folder, ["train.threads": "2"]).train(stopAt: 37) == .interrupted)
    #expect(try Run.resumed(stopped.folder).train(stopAt: .max) == .finished)
    #expect(
      try Data(contentsOf: straight.folder.model) == Data(contentsOf: stopped.folder.model))
    try expectEqualTensors(
      straight.folder.checkpoint(update: 50), stopped.folder.checkpoint(update: 50))
  }

  @Test func aTextTrainsAsItsStore() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url.path
    let text = folder.file("text.txt").path
    for order in ["stream", "documents", "lines"] {
      let one = try Self.begin(
        try Self.settings(["data.stores": store, "train.order": order]), folder.file("one \(order)")
      )
      let other = try Self.begin(
        try Self.settings([
          "data.text": text, "data.tokens": "word", "train.order": order,
          "data.documents": "blank-line",
        ]), folder.file("other \(order)"))
      try one.train(stopAt: 12)
      try other.train(stopAt: 12)
      #expect(one.weights == other.weights, "\(order)")
    }
  }

  /// What lines are measured as is what `score` says of each.
  @Test func linesAreMeasuredOneByOne() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url.path
    let run = try Self.begin(
      try Self.settings(["data.stores": store, "train.order": "lines", "train.updates": "12"]),
      folder.file("run"))
    try run.train(stopAt: .max)
    let text = try Self.text(folder, "other.txt")
    let measured = try run.task.evaluate([text])
    let lines = try String(contentsOf: text, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).dropLast()
    let scores = try run.task.score(lines.map { (String($0), "") })
    let tokens = scores.reduce(0) { $0 + $1.tokens }
    #expect(measured.score.count == tokens)
    let loss = -scores.reduce(0) { $0 + $1.logProbability } / Double(tokens)
    #expect(abs(measured.score.loss - loss) < 1e-6 * loss)
    // A store of the run's words is measured alike; one of others is refused.
    let same = try TokenStoreBuilder.build(
      CorpusFiles([text]), .init(run.task.vocabulary), in: folder.file("same"), threads: 1)
    #expect(try run.task.evaluate([same.url]).score.loss == measured.score.loss)
    let another = try TokenStoreBuilder.build(
      CorpusFiles([folder.write("other words\n", to: "words.txt")]), .init(.word),
      in: folder.file("another"), threads: 1)
    expectUserError(saying: "another' has another vocabulary", "4 word tokens", "--vocabulary") {
      _ = try run.task.evaluate([another.url])
    }
  }

  @Test func aChangedStoreIsNotGoneOnWith() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let run = try Self.begin(
      try Self.settings(["data.stores": store.url.path + ":2"]), folder.file("run"))
    #expect(try run.train(stopAt: 3) == .interrupted)
    // The same words, in another order.
    let lines = try String(contentsOf: folder.file("text.txt"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast().reversed()
    var recipe = TokenStoreBuilder.Recipe(store.vocabulary)
    recipe.documents = .blankLine
    _ = try TokenStoreBuilder.build(
      CorpusFiles([folder.write(lines.joined(separator: "\n") + "\n", to: "other.txt")]), recipe,
      in: store.url, replaces: true, threads: 1)
    expectUserError(saying: "the data has changed", "data.stores", "store'") {
      _ = try Run.resumed(run.folder)
    }
  }

  /// Stores that have only moved go on; weights are what is learnt, and stay.
  @Test func weightsOfStoresMayNotChange() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url
    let run = try Self.begin(
      try Self.settings(["data.stores": store.path + ":2"]), folder.file("run"))
    _ = try run.train { _ in }
    try FileManager.default.moveItem(at: store, to: folder.file("elsewhere"))
    func resumed(_ weight: String) throws {
      _ = try LanguageModelTask.settings(
        resuming: run.folder,
        overrides: [SettingsOverride("data.stores", text: folder.file("elsewhere").path + weight)])
    }
    try resumed(":2")
    for weight in [":3", ""] {
      expectUserError(saying: "was begun with data.stores", ":2") { try resumed(weight) }
    }
  }

  @Test(arguments: [("0.3e", 0.3), ("2e", 2.0), ("150t", 0)])
  func periodsAreEpochsAndTokens(period: String, epochs: Double) throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url.path
    let run = try Self.begin(
      try Self.settings(["data.stores": store, "train.eval_every": period]), folder.file("run"))
    var found: [Int] = []
    try run.train(shouldStop: { false }) { event in
      if case .validated(let report) = event { found.append(report.update) }
    }
    // Five streams of six tokens an update; fewer in an epoch's last one.
    let epoch = run.updatesPerEpoch
    let streams = try TokenStreams(
      TokenStore(folder.file("store")), range: 0..<run.trainedTokens, batchSize: 5, stepCount: 6)
    #expect(streams.updatesPerEpoch == epoch)
    let interval =
      epochs > 0 ? epochs * Double(epoch) : 150 / Double(streams.tokensPerEpoch) * Double(epoch)
    var expected = (1...50).map { Int((Double($0) * interval).rounded(.up)) }.filter { $0 <= 50 }
    if expected.last != 50 { expected.append(50) }
    #expect(found == expected)
  }

  @Test func contradictionsAreRefused() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder).url.path
    func refuse(_ settings: [String: String], _ parts: (String, String)) {
      expectUserError(saying: parts.0, parts.1) {
        _ = try Self.begin(try Self.settings(settings), folder.file("run"))
      }
    }
    refuse(
      ["data.stores": store, "data.text": "x"], ("--text and --data at once", "unroll tokenize"))
    refuse(["data.stores": store, "data.tokens": "char"], ("--tokens char", "--tokens word"))
    refuse(["data.stores": store + ":0"], ("has the weight 0", "above 0"))
    refuse(["data.stores": folder.url.path], ("no token store", "unroll tokenize"))
    refuse(
      ["data.stores": store, "train.order": "documents", "train.batch": "3000"],
      ("too few for --batch 3000", "--order stream"))
  }
}

private typealias Run = TrainingRun<LanguageModelTask>

extension Run {
  /// Of the store, less what was held out.
  fileprivate var trainedTokens: Int {
    let all = (try? TokenStore(URL(fileURLWithPath: settings.data.stores[0])))?.count ?? 0
    return all - Int(Double(all) * settings.data.validFraction)
  }

  fileprivate var weights: [Float] { task.parameters.parameters.flatMap(\.values) }
}
