import ArgumentParser
import Foundation
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
  @Option(help: "Texts to write, with --condition.") var count = 1
  @Option(help: "Tokens to draw; with --condition, at most, for a text that does not end.")
  var length = 500
  @Option(help: "Below 1 bolder, above 1 wilder, 0 always the most probable.")
  var temperature = 1.0
  @Option(name: .customLong("top-k"), help: "Draw from the k most probable tokens; 0: all.")
  var topK = 0
  @Option(
    name: .customLong("top-p"),
    help: "Draw from the most probable tokens that together reach this probability.")
  var topP = 1.0
  @Option(help: "Seed of the draws.") var seed: UInt64 = 1

  func validate() throws {
    if count < 0 { throw ValidationError("--count must not be negative.") }
    if count != 1, condition == nil { throw ValidationError("--count is for --condition.") }
    if condition != nil, !prompt.isEmpty {
      throw ValidationError("--prompt and --condition are two beginnings: name one.")
    }
    if length < 0 { throw ValidationError("--length must not be negative.") }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more.")
    }
    if topK < 0 { throw ValidationError("--top-k must not be negative.") }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p must be above 0, at most 1.") }
  }

  func run() throws {
    let run = try RunFolder.open(at: URL(fileURLWithPath: folder))
    switch (try run.jobKind(), condition) {
    case (.languageModel, nil): try continuePrompt()
    case (.conditionalText, let label?): try write(label, run)
    case (.conditionalText, nil):
      let names = try LabelSet(contentsOf: run.labels).names
      throw UserError.usage(
        "'\(folder)' writes texts of a label, but none is named",
        hint: "name one with --condition: " + names.joined(separator: ", "))
    case (.languageModel, .some):
      throw UserError.usage(
        "'\(folder)' was trained on running text, which has no --condition",
        hint: "train with unroll train lm --condition, or use --prompt")
    case (let kind, _):
      throw UserError.usage(
        "'\(folder)' is a run of 'unroll train \(kind.rawValue)', which writes no text",
        hint: kind == .composition ? "use unroll compose" : "use unroll predict")
    }
  }

  private func write(_ label: String, _ run: RunFolder) throws {
    let trained = try TrainedConditionalText(run, team: WorkerTeam(count: 1))
    let generator = ConditionalTextGenerator(trained.definition, seed: seed)
    let id = try trained.label(label)
    let rule = SamplingRule(temperature: temperature, topK: topK, topP: topP)
    for number in 0..<count {
      Output.standardOutput.write(
        generator.text(label: id, number: number, limit: length, rule: rule) + "\n")
    }
  }

  private func continuePrompt() throws {
    let archive = try LanguageModelArchive(at: URL(fileURLWithPath: folder))
    let start = try archive.encode(prompt: prompt)
    let generator = LanguageModelGenerator(archive.model, seed: seed)
    for id in start { generator.feed(id) }
    Output.standardOutput.write(prompt)
    var decoder = TextDecoder(archive.vocabulary)
    // Words are joined by spaces; the first one needs its space after the prompt, not before it.
    if archive.vocabulary.kind == .word, !prompt.isEmpty {
      _ = decoder.append(start[start.count - 1])
    }
    let rule = SamplingRule(temperature: temperature, topK: topK, topP: topP)
    for _ in 0..<length {
      let id = generator.draw(rule)
      Output.standardOutput.write(decoder.append(id))
      generator.feed(id)
    }
    Output.standardOutput.write(decoder.finish() + "\n")
  }
}

extension LanguageModelArchive {
  /// The prompt's tokens, or the end of a line if it is empty.
  func encode(prompt: String) throws -> [Int32] {
    let ids = try vocabulary.encode(prompt)
    return ids.isEmpty ? [lineEnd] : ids
  }

  /// What stands between two lines of the training text; the first token where no newline was seen.
  var lineEnd: Int32 {
    vocabulary.endOfSentenceID ?? (try? vocabulary.encode("\n").first) ?? 0
  }
}
