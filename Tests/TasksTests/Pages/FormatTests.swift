import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// The little files that pages show are read by the tasks whose pages they are, and so are those that lines
/// of Python or of a shell on them make: files that cannot be shown.
@Suite struct FormatTests {
  /// A file that a page shows, and the settings that name it.
  struct Shown: Sendable {
    /// In `docs/tasks`.
    let page: String
    /// Among the files of the page, from 0.
    let number: Int
    let task: String
    let name: String
    /// The setting that is the path of the file.
    let key: String
    var settings: [String: String] = [:]
    /// Settings that are paths of further files of the page, by their numbers.
    var others: [String: Int] = [:]
    var examples: Int
    var section = FormatTests.section
  }

  /// What a block of lines makes, and the settings that name it.
  struct Made: Sendable {
    /// In `docs/tasks`.
    let page: String
    /// What runs them.
    let language: String
    /// Among the blocks of that language, from 0.
    let number: Int
    let task: String
    /// Settings that are paths of what they make.
    let paths: [String: String]
    var settings: [String: String] = [:]
    /// The examples; of a task that is measured on these files alone, of those.
    var examples: Int
  }

  static let section = "What is read"

  static let made = [
    Made(
      page: "classify", language: "sh", number: 0, task: "classify",
      paths: ["data.train": "texts"], examples: 2),
    Made(
      page: "classify", language: "python", number: 0, task: "classify",
      paths: ["data.train": "train.npz"], examples: 2),
    Made(
      page: "classify", language: "python", number: 1, task: "classify",
      paths: ["data.train": "images.idx", "data.labels": "labels.idx"], examples: 2),
    Made(
      page: "regress", language: "python", number: 0, task: "regress",
      paths: ["data.train": "train.npz"], examples: 2),
    Made(
      page: "transcribe", language: "python", number: 0, task: "transcribe",
      paths: ["data.audio": ".", "data.transcripts": "000.tsv"], examples: 1),
    Made(
      page: "autoencode", language: "python", number: 0, task: "autoencode",
      paths: ["data.audio": "."], examples: 1),
  ]

  static let all = [
    Shown(
      page: "lm", number: 0, task: "lm", name: "a.txt", key: "data.text",
      settings: ["data.tokens": "word", "train.steps": "2", "train.batch": "1"], examples: 20),
    Shown(
      page: "lm", number: 1, task: "lm-condition", name: "a.tsv", key: "data.condition",
      examples: 3),
    Shown(
      page: "classify", number: 0, task: "classify", name: "a.tsv", key: "data.train", examples: 3),
    Shown(
      page: "classify", number: 1, task: "classify", name: "a.tsv", key: "data.train",
      settings: ["data.multi_label": "true"], examples: 3),
    Shown(
      page: "classify", number: 2, task: "classify", name: "a.csv", key: "data.train", examples: 2),
    Shown(
      page: "classify", number: 3, task: "classify", name: "a.csv", key: "data.train",
      settings: ["data.features": "2"], examples: 2),
    Shown(
      page: "classify", number: 4, task: "classify", name: "a.tsv", key: "data.train", examples: 3),
    Shown(
      page: "classify", number: 5, task: "classify", name: "a.csv", key: "data.train", examples: 2),
    Shown(
      page: "classify", number: 6, task: "classify", name: "a.ts", key: "data.train", examples: 2),
    Shown(
      page: "regress", number: 0, task: "regress", name: "a.csv", key: "data.train", examples: 2),
    Shown(
      page: "regress", number: 1, task: "regress", name: "a.csv", key: "data.train", examples: 2),
    Shown(
      page: "regress", number: 2, task: "regress", name: "a.ts", key: "data.train", examples: 2),
    Shown(
      page: "regress", number: 0, task: "regress", name: "a.csv", key: "data.train",
      settings: ["data.window": "1", "data.group": "shop", "data.target": "sales"], examples: 1,
      section: "Forecasts"),
    Shown(page: "tag", number: 0, task: "tag", name: "a.conll", key: "data.train", examples: 1),
    Shown(
      page: "tag", number: 1, task: "tag", name: "a.conll", key: "data.train",
      settings: ["data.tag_column": "3"], examples: 1),
    Shown(page: "tag", number: 2, task: "tag", name: "a.txt", key: "data.train", examples: 3),
    Shown(
      page: "translate", number: 0, task: "translate", name: "a.tsv", key: "data.pairs", examples: 3
    ),
    Shown(
      page: "translate", number: 1, task: "translate", name: "a.txt", key: "data.source",
      others: ["data.target": 2], examples: 3),
    Shown(
      page: "answer", number: 0, task: "answer", name: "a.txt", key: "data.stories", examples: 2),
    Shown(
      page: "compose", number: 0, task: "compose", name: "a.json", key: "data.music", examples: 2),
    Shown(
      page: "autoencode", number: 0, task: "autoencode", name: "a.txt", key: "data.text",
      settings: ["model.hierarchical": "true"], examples: 2),
    Shown(
      page: "transcribe", number: 0, task: "transcribe", name: "a.tsv", key: "data.transcripts",
      settings: ["data.audio": "."], examples: 3),
  ]

  /// Blocks of a language, or without one, in a section.
  private static func blocks(
    of page: String, _ language: String = "", in section: String = section
  ) throws -> [String] {
    let url = SharedData.packageRoot.appendingPathComponent("docs/tasks/\(page).md")
    let text = try String(contentsOf: url, encoding: .utf8)
      .components(separatedBy: "## \(section)\n").dropFirst().joined()
      .components(separatedBy: "\n## ")[0]
    // Fences open and close in turn.
    let parts = ("\n" + text).components(separatedBy: "\n```")
    return parts.indices.filter { $0 % 2 == 1 && parts[$0].hasPrefix(language + "\n") }
      .map { String(parts[$0].dropFirst(language.count + 1)) + "\n" }
  }

  @Test(arguments: all)
  func filesOnPagesAreRead(_ shown: Shown) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let folder = try TemporaryFolder()
      let text = try #require(
        try Self.blocks(of: shown.page, in: shown.section).dropFirst(shown.number).first)
      let file = try folder.write(text, to: shown.name)
      // Recordings that a file names.
      for match in text.matches(of: /^([^\t\n]*\.wav)\t/.anchorsMatchLineEndings()) {
        let url = folder.file(String(match.1))
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Sound(sampleRate: 8000, samples: ToneRecordings.sound("ab", row: 1)).write(to: url)
      }
      var paths = [shown.key: file.path].merging(shown.settings) { $1 }.mapValues {
        $0 == "." ? folder.url.path : $0
      }
      for (key, number) in shown.others {
        let text = try #require(try Self.blocks(of: shown.page).dropFirst(number).first)
        paths[key] = try folder.write(text, to: "other-" + shown.name).path
      }
      #expect(try Self.examples(type, paths, in: folder) == shown.examples)
    }
    try check(Self.task(shown.task))
  }

  /// Where there is no Python, or no numpy in it, what needs them is left out.
  @Test(arguments: made)
  func filesMadeOnPagesAreRead(_ made: Made) throws {
    let folder = try TemporaryFolder()
    let lines = try #require(
      try Self.blocks(of: made.page, made.language).dropFirst(made.number).first)
    if made.language == "python" {
      let imports = lines.split(separator: "\n").filter { $0.contains("import ") }
      guard try Self.run("python3", imports.joined(separator: "\n"), in: folder) else { return }
    }
    try #require(
      try Self.run(made.language == "sh" ? "bash" : "python3", lines, in: folder), "\(lines)")
    try folder.write("000.wav\tnoise\n", to: "000.tsv")
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let paths = made.paths.mapValues { $0 == "." ? folder.url.path : folder.file($0).path }
      let found = try Self.examples(type, paths.merging(made.settings) { $1 }, in: folder)
      #expect(found == made.examples)
    }
    try check(Self.task(made.task))
  }

  /// Music is measured on what it is not trained on.
  @Test func musicMadeOnItsPageIsMeasured() throws {
    let folder = try TemporaryFolder()
    let lines = try #require(try Self.blocks(of: "compose", "python").first)
    guard try Self.run("python3", "", in: folder) else { return }
    try #require(try Self.run("python3", lines, in: folder))
    let json = try #require(try Self.blocks(of: "compose").first)
    let settings: CompositionSettings = try CompositionTask.schema.resolve(
      overrides: [SettingsOverride("data.music", text: folder.write(json, to: "a.json").path)]
    ).settings()
    let workplace = Workplace(
      team: WorkerTeam(count: 1), folder: try RunFolder.plan(at: folder.file("run")))
    let task = try CompositionTask(
      learning: CompositionTask.read(settings, workplace).training, settings, workplace)
    let examples = try task.examples(task.read([folder.file("c.mid")]))
    #expect(Array(examples.lengths) == [task.stepsPerQuarter])
  }

  /// Whether lines that a program reads end well.
  private static func run(
    _ program: String, _ lines: String, in folder: TemporaryFolder
  ) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = program == "bash" ? ["bash", "-ec", lines] : [program, "-c", lines]
    process.currentDirectoryURL = folder.url
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  private static func task(_ name: String) throws -> any TrainingTask.Type {
    StandardTasks.register()
    return try #require(TaskRegistry.named(name), "no task '\(name)'")
  }

  /// How many examples a task reads.
  private static func examples<Task: TrainingTask>(
    _ type: Task.Type, _ settings: [String: String], in folder: TemporaryFolder
  ) throws -> Int {
    let settings: Task.Settings = try Task.schema.resolve(
      overrides: settings.map { SettingsOverride($0, text: $1) }
    ).settings()
    let workplace = Workplace(
      team: WorkerTeam(count: 1), folder: try RunFolder.plan(at: folder.file("run")))
    let source = try Task.read(settings, workplace).training
    return try Task(learning: source, settings, workplace).examples(source).count
  }

  /// None is forgotten.
  @Test(arguments: Set(all.map(\.page)).sorted())
  func allFilesOfAPageAreKnown(page: String) throws {
    let files = try Self.blocks(of: page)
    // What is in recordings is told by names, which no task reads to train on.
    let known =
      Self.all.filter { $0.page == page && $0.section == Self.section }.map { 1 + $0.others.count }
      .reduce(0, +)
      + (page == "autoencode" ? 1 : 0)
    #expect(files.count == known)
    for file in files { #expect(file.split(separator: "\n").count >= 3, "\(page): \(file)") }
    let made = Self.made.filter { $0.page == page }.count + (page == "compose" ? 1 : 0)
    #expect(try ["sh", "python"].flatMap { try Self.blocks(of: page, $0) }.count == made)
  }
}
