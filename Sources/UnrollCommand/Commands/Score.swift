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

  func run() throws {
    let task = try OpenedRun(folder, team: try team.team)
      .ability(Abilities.scoring, for: "unroll score")
    let input = LineReader.standardInput()
    var sentences: [(text: String, place: String)] = []
    var number = 0
    while let line = try input.nextText() {
      number += 1
      sentences.append((line, "line \(number) of standard input"))
      // Enough to fill minibatches of equal lengths; no more, so that output flows.
      if sentences.count == 1024 || !input.hasLine {
        try show(sentences, try task.score(sentences))
        sentences = []
      }
    }
    try show(sentences, try task.score(sentences))
  }

  private func show(
    _ sentences: [(text: String, place: String)], _ scores: [SentenceScore]
  ) throws {
    for (sentence, score) in zip(sentences, scores) {
      if json {
        let members: [JSONValue.Member] = [
          .init("log_probability", .number(score.logProbability)),
          .init("nats_per_token", .number(-score.logProbability / Double(score.tokens))),
          .init("sentence", .string(sentence.text)), .init("tokens", .integer(score.tokens)),
        ]
        Output.standardOutput.write("\(JSONValue.object(members))\n")
      } else {
        Output.standardOutput.write(
          String(format: "%.4f\t", score.logProbability) + sentence.text + "\n")
      }
    }
  }
}
