import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes text, token by token, as the model predicts it.",
    discussion: """
      The prompt and its continuation go to standard output as they are drawn. A run of unroll train \
      lm --condition writes whole texts of a label instead, one a line.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(help: "Text to continue; empty: begin as after a line's end.") var prompt = ""
  @Option(help: ArgumentHelp("What the text is to be, such as Greek.", valueName: "label"))
  var condition: String?
  @Option(parsing: .unconditional, help: "Texts to write, with --condition.") var count = 1
  @Option(
    parsing: .unconditional,
    help: "Tokens to draw; with --condition, at most, for a text that does not end.")
  var length = 500
  @Option(
    parsing: .unconditional, help: "Below 1 bolder, above 1 wilder, 0 always the most probable.")
  var temperature = 1.0
  @Option(
    name: .customLong("top-k"), parsing: .unconditional,
    help: "Draw from the k most probable tokens; 0: all.")
  var topK = 0
  @Option(
    name: .customLong("top-p"),
    parsing: .unconditional,
    help: "Draw from the most probable tokens that together reach this probability.")
  var topP = 1.0
  @Option(parsing: .unconditional, help: "Seed of the draws.") var seed: UInt64 = 1

  func validate() throws {
    if count < 0 { throw ValidationError("--count must be 0 or more, found \(count).") }
    if count != 1, condition == nil { throw ValidationError("--count is for --condition.") }
    if condition != nil, !prompt.isEmpty {
      throw ValidationError("--prompt and --condition are two beginnings: name one.")
    }
    if length < 0 { throw ValidationError("--length must be 0 or more, found \(length).") }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more, found \(temperature).")
    }
    if topK < 0 { throw ValidationError("--top-k must be 0 or more, found \(topK).") }
    if !(topP > 0 && topP <= 1) {
      throw ValidationError("--top-p must be above 0, at most 1, found \(topP).")
    }
  }

  func run() throws {
    var request = SamplingRequest()
    request.prompt = prompt
    request.condition = condition
    request.count = count
    request.length = length
    request.rule = SamplingRule(temperature: temperature, topK: topK, topP: topP)
    request.seed = seed
    try OpenedRun(folder, team: WorkerTeam(count: 1))
      .ability(Abilities.sampling, for: "unroll sample")
      .sample(request) { Output.standardOutput.write($0) }
  }
}
