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

/// Bad lines where several lines are a query: they are told, and what stands around them is answered.
@Suite struct PassedLinesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func trained<Task: TrainingTask>(
    _ type: Task.Type, _ key: String, _ text: String, _ settings: [String: String] = [:]
  ) throws -> Task {
    let data = try folder.write(text, to: "data.txt")
    let run: TrainingRun<Task> = try .begun(
      at: folder.file("run"),
      [
        key: data.path, "model.hidden": "6", "train.updates": "2", "train.threads": "1",
        "train.batch": "2", "data.valid_fraction": "0",
      ], settings)
    try run.train()
    return try Task.opened(in: run.folder, team: WorkerTeam(count: 1))
  }

  private func answers(
    _ task: some Predicting, _ text: String
  ) throws -> (lines: [String], told: [String]) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    var (found, told) = ([String](), [String]())
    try task.predict(
      { lines.popFirst() }, isReady: { true }, skip: { told.append($0.message) }
    ) { found.append($0.text) }
    return (found.joined(separator: "\n").components(separatedBy: "\n"), told)
  }

  /// Lines of columns come back one for one, a bad one as it was.
  @Test func columnsComeBackLineForLine() throws {
    let task = try trained(
      TaggingTask.self, "data.train", "a DT O\nb NN B-x\n\nb NN B-x\na DT O\n\n",
      ["data.features": "[\"2\"]"])
    let text = "a DT\nodd\nb NN\n\n# a note\nb NN\nb NN NN\n\nodd"
    let (lines, told) = try answers(task, text)
    let asked = text.components(separatedBy: "\n")
    #expect(lines.count == asked.count)
    for (line, asked) in zip(lines, asked) {
      let isWord = asked.split(separator: " ").count == 2 && !asked.hasPrefix("#")
      #expect(isWord ? line.hasPrefix(asked + " ") : line == asked, "\(asked): \(line)")
    }
    #expect(told.count == 3, "\(told)")
    #expect(told.first?.hasPrefix("standard input line 2: found 1 column,") == true, "\(told)")
    // As if the bad ones had not been there.
    let clean = try answers(task, "a DT\nb NN\n\nb NN\n")
    #expect(clean.told == [])
    #expect([lines[0], lines[2], lines[5]] == [clean.lines[0], clean.lines[1], clean.lines[3]])
  }

  /// A bad sentence is as if it were not there, a bad question has an answer that says nothing, and one bad
  /// line does not make those behind it bad.
  @Test func storiesGoOn() throws {
    let task = try trained(
      AnsweringTask.self, "data.stories",
      "1 Mary is here .\n2 Where is Mary ?\there\n1 John is there .\n2 Where is John ?\tthere\n")
    let text = """
      1 Mary is here .
      Mary sleeps .
      2 Where is Mary ?
      3
      4 Where is Mary ?
      5 Where is Mary ?
      1 Where is John ?
      2 John is there .
      3 Where is John ?
      x ?
      """
    let (lines, told) = try answers(task, text)
    #expect(lines.count == 6)
    #expect(lines.map(\.isEmpty) == [false, false, false, true, false, true])
    #expect(told.count == 4, "\(told)")
    for (place, message) in zip([2, 4, 7, 10], told) {
      #expect(message.hasPrefix("standard input line \(place): "), "\(message)")
    }
    let clean = try answers(
      task, "1 Mary is here .\n2 Where is Mary ?\n1 John is there .\n2 Where is John ?")
    #expect([lines[0], lines[4]] == clean.lines)
  }
}
