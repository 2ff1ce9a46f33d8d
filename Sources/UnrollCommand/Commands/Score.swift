import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the log-probability of each sentence on standard input.",
    discussion: """
      One sentence a line. It is scored as a line of the training text: after a line's end, and \
      with the line's end at its own end. Natural logarithms.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @OptionGroup var team: TeamOptions
  @Flag(help: "Print one JSON object a sentence.") var json = false
  @Flag(help: "Give 'nan' for a sentence that cannot be scored, and go on.") var skipBad = false

  func run() throws {
    let task = try OpenedRun(folder, team: try team.team)
      .ability(Abilities.scoring, for: "unroll score")
    let input = LineReader.standardInput()
    var sentences: [(text: String, place: String)] = []
    var number = 0
    let skipped = SkippedLines()
    while let line = try input.nextText() {
      number += 1
      sentences.append((line, "line \(number) of standard input"))
      // Enough to fill minibatches of equal lengths; no more, so that output flows.
      if sentences.count == 1024 || !input.hasLine {
        show(sentences, try scores(sentences[...], task, skipped))
        sentences = []
      }
    }
    show(sentences, try scores(sentences[...], task, skipped))
    skipped.finish()
  }

  /// The score of each sentence; nil for one that is passed over. Halves find the bad ones, before
  /// anything is computed.
  private func scores(
    _ sentences: ArraySlice<(text: String, place: String)>, _ task: any Scoring,
    _ skipped: SkippedLines
  ) throws -> [SentenceScore?] {
    do {
      return try task.score(Array(sentences))
    } catch let error as UserError where skipBad {
      guard sentences.count > 1 else {
        skipped.tell(error)
        return [nil]
      }
      let middle = sentences.startIndex + sentences.count / 2
      return try scores(sentences[..<middle], task, skipped)
        + scores(sentences[middle...], task, skipped)
    }
  }

  /// Scores that are missing are `nan`, in JSON `null`.
  private func show(_ sentences: [(text: String, place: String)], _ scores: [SentenceScore?]) {
    for (sentence, score) in zip(sentences, scores) {
      if json {
        let members: [JSONValue.Member] = [
          .init("log_probability", number(score?.logProbability)),
          .init("nats_per_token", number(score.map { -$0.logProbability / Double($0.tokens) })),
          .init("sentence", .string(sentence.text)),
          .init("tokens", score.map { .integer($0.tokens) } ?? .null),
        ]
        Output.standardOutput.write("\(JSONValue.object(members))\n")
      } else {
        let text = score.map { String(format: "%.4f", $0.logProbability) } ?? "nan"
        Output.standardOutput.write(text + "\t" + sentence.text + "\n")
      }
    }
  }

  private func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
}
