import Foundation
import TestSupport
import Testing
import Unroll

/// The pages say what is so: the example compiles and runs, tables are complete, links lead somewhere.
@Suite struct PageTests {
  /// The lines between the two marks stand in README.md, word for word.
  @Test func exampleRuns() throws {
    let temporary = try TemporaryFolder()
    let text = SharedData.packageRoot.appendingPathComponent("data/pears.txt").path
    let folder = temporary.file("run")
    var printed: [String] = []
    func print(_ values: Any...) { printed.append(values.map { "\($0)" }.joined(separator: " ")) }
    // example begins
    var settings = LanguageModelSettings()
    (settings.data.text, settings.data.tokens) = ([text], "word")
    settings.model.stack.hidden = 64
    settings.train.batch = 16
    let run = try TrainingRun<LanguageModelTask>(settings, at: folder)
    try run.train { event in
      if case .validated(let report) = event { print(report.epoch, report.score.text) }
    }
    print(try run.task.score(["the pear salad", "the pair salad"]).map(\.logProbability))
    // example ends
    #expect(printed.count == 11, "ten epochs and the comparison")
    let scores = try run.task.score(["the pear salad", "the pair salad"]).map(\.logProbability)
    #expect(scores[0] > scores[1])

    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let begin = try #require(lines.firstIndex { $0.hasSuffix("// example begins") })
    let end = try #require(lines.firstIndex { $0.hasSuffix("// example ends") })
    let example = lines[(begin + 1)..<end].map { $0.dropFirst(4) }.joined(separator: "\n")
    #expect(try page("README.md").contains(example))
  }

  /// Who wants to know more follows a link.
  @Test func readmeIsShort() throws {
    #expect(
      try page("README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 201)
  }

  /// Whoever adds a module tells what it is for.
  @Test func mapHoldsEveryModule() throws {
    let text = try page("Sources/README.md")
    let folders = try FileManager.default
      .contentsOfDirectory(
        at: SharedData.packageRoot.appendingPathComponent("Sources"),
        includingPropertiesForKeys: [.isDirectoryKey]
      ).filter(\.hasDirectoryPath).map(\.lastPathComponent)
    #expect(folders.count > 5)
    for folder in folders { #expect(text.contains("| `\(folder)` |"), "\(folder)") }
  }

  /// Every link to a file of the checkout, with the heading behind its `#`.
  @Test func linksLeadSomewhere() throws {
    for name in try pages() {
      let folder = (name as NSString).deletingLastPathComponent
      for match in try page(name).matches(of: /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/) {
        let (target, heading) = (String(match.1), match.2.map(String.init))
        if target.contains("://") { continue }
        let path =
          target.isEmpty
          ? name
          : ("/" + folder + "/" + target as NSString).standardizingPath.dropFirst().description
        let url = SharedData.packageRoot.appendingPathComponent(path)
        #expect(FileManager.default.fileExists(atPath: url.path), "\(name) links to \(target)")
        if let heading {
          #expect(try headings(path).contains(heading), "\(name) links to \(target)#\(heading)")
        }
      }
    }
  }

  /// The anchors that a reader of Markdown gives to headings.
  private func headings(_ path: String) throws -> Set<String> {
    let lines = try page(path).split(separator: "\n").filter { $0.hasPrefix("#") }
    return Set(
      lines.map { line in
        let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
        return String(
          title.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
            .map { $0 == " " ? "-" : $0 })
      })
  }

  /// README.md and its like at the top, and all of docs/.
  private func pages() throws -> [String] {
    let root = SharedData.packageRoot
    let top = try FileManager.default.contentsOfDirectory(atPath: root.path)
    let below = FileManager.default.enumerator(atPath: root.appendingPathComponent("docs").path)
    let docs = (below?.compactMap { $0 as? String } ?? []).map { "docs/" + $0 }
    return (top + docs + ["Sources/README.md", "data/README.md"]).filter { $0.hasSuffix(".md") }
  }

  private func page(_ path: String) throws -> String {
    try String(
      contentsOf: SharedData.packageRoot.appendingPathComponent(path), encoding: .utf8)
  }
}
