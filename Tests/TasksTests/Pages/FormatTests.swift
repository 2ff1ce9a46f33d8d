import Foundation
import Interchange
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// The little files that pages show are read by the tasks whose pages they are.
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
  }

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

  /// Blocks without a language in the section "What is read".
  private static func files(of page: String) throws -> [String] {
    let url = SharedData.packageRoot.appendingPathComponent("docs/tasks/\(page).md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let section = text.components(separatedBy: "## What is read\n").dropFirst().joined()
      .components(separatedBy: "\n## ")[0]
    return section.matches(of: /\n```\n([^`]*)```/).map { String($0.1) }
  }

  @Test(arguments: all)
  func filesOnPagesAreRead(_ shown: Shown) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let folder = try TemporaryFolder()
      let text = try #require(try Self.files(of: shown.page).dropFirst(shown.number).first)
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
        let text = try #require(try Self.files(of: shown.page).dropFirst(number).first)
        paths[key] = try folder.write(text, to: "other-" + shown.name).path
      }
      let settings: Task.Settings = try Task.schema.resolve(
        overrides: paths.map { SettingsOverride($0, text: $1) }
      ).settings()
      let workplace = Workplace(
        team: WorkerTeam(count: 1), folder: try RunFolder.plan(at: folder.file("run")))
      let source = try Task.read(settings, workplace).training
      let task = try Task(learning: source, settings, workplace)
      #expect(try task.examples(source).count == shown.examples)
    }
    StandardTasks.register()
    guard let task = TaskRegistry.named(shown.task) else {
      Issue.record("no task '\(shown.task)'")
      return
    }
    try check(task)
  }

  /// None is forgotten.
  @Test(arguments: Set(all.map(\.page)).sorted())
  func allFilesOfAPageAreKnown(page: String) throws {
    let files = try Self.files(of: page)
    // What is in recordings is told by names, which no task reads to train on.
    let known =
      Self.all.filter { $0.page == page }.map { 1 + $0.others.count }.reduce(0, +)
      + (page == "autoencode" ? 1 : 0)
    #expect(files.count == known)
    for file in files { #expect(file.split(separator: "\n").count >= 3, "\(page): \(file)") }
  }
}
