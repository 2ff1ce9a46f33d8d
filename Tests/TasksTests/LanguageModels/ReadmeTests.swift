import Foundation
import TestSupport
import Testing
import Unroll

/// README.md says what is so: its example compiles and runs, its tables are complete.
@Suite struct ReadmeTests {
  /// The lines between the two marks stand in README.md, word for word.
  @Test func exampleRuns() throws {
    let temporary = try TemporaryFolder()
    let text = SharedData.packageRoot.appendingPathComponent("data/pears.txt").path
    let folder = temporary.file("run")
    var printed: [String] = []
    func print(_ values: Any...) { printed.append(values.map { "\($0)" }.joined(separator: " ")) }
    // example begins
    let settings = try LanguageModelSchema.standard.resolve(overrides: [
      .init("data.text", .strings([text])), .init("data.tokens", .string("word")),
      .init("model.hidden", .integer(64)), .init("train.batch", .integer(16)),
    ])
    let run = try LanguageModelRun(settings, folder: .plan(at: folder))
    try run.begin()
    _ = try run.train { event in
      if case .validated(let report) = event { print(report.epoch, report.score.text) }
    }
    let reader = TextLikelihoods(run.job.model, team: WorkerTeam(), maximumRows: 2)
    let pair = try ["the pear salad", "the pair salad"].map { try run.job.vocabulary.encode($0) }
    print(reader.logProbabilities(pair))
    // example ends
    #expect(printed.count == 11, "ten epochs and the comparison")
    let scores = reader.logProbabilities(pair)
    #expect(scores[0] > scores[1])

    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let begin = try #require(lines.firstIndex { $0.hasSuffix("// example begins") })
    let end = try #require(lines.firstIndex { $0.hasSuffix("// example ends") })
    let example = lines[(begin + 1)..<end].map { $0.dropFirst(4) }.joined(separator: "\n")
    #expect(try readme().contains(example))
  }

  /// One row an option, with the default and the help that the schema has.
  @Test func optionsTableIsTheSchema() throws {
    let schema = LanguageModelSchema.standard
    let defaults = try schema.resolve()
    let rows = try schema.keys.map { key in
      let option = try #require(schema.option(key))
      var help = option.help
      if case .choice(let allowed) = option.kind { help += ": " + allowed.joined(separator: ", ") }
      return "| `\(key)` | `\(defaults[key])` | \(help) |"
    }
    let text = try readme()
    let missing = rows.filter { !text.contains($0) }
    #expect(missing.isEmpty, "README.md lacks\n\(missing.joined(separator: "\n"))")
  }

  /// Whoever adds a folder tells what it is for.
  @Test func folderMapIsComplete() throws {
    let text = try readme()
    let folders = try FileManager.default
      .contentsOfDirectory(
        at: SharedData.packageRoot.appendingPathComponent("Sources"),
        includingPropertiesForKeys: [.isDirectoryKey]
      ).filter(\.hasDirectoryPath).map(\.lastPathComponent)
    #expect(folders.count > 5)
    for folder in folders { #expect(text.contains("`Sources/\(folder)`"), "\(folder)") }
  }

  private func readme() throws -> String {
    try String(
      contentsOf: SharedData.packageRoot.appendingPathComponent("README.md"), encoding: .utf8)
  }
}
