import ArgumentParser
import Foundation
import Unroll

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a run's model on data it was not trained on.",
    discussion: """
      The data have the format that the run was trained on. For a language model, the text is read as one stream with carried state, from a state of zeros, with dropout off. \
      Every token but the first is predicted, <eos> and <unk> included.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(
    name: [.long, .customLong("data")], parsing: .upToNextOption,
    help: "Files, read in this order.")
  var text: [String] = []
  @Option(
    help:
      "Read the text in this many parts at once; each starts 256 tokens early to find its state."
  ) var streams = 1
  @Option(help: "For recall tasks: vectors to remember, however many were trained on.")
  var length: Int?
  @Option(help: "For repeat-copy: how often, however often was trained on.") var repeats: Int?
  @Option(help: "Worker threads; 0: as many as there are cores.") var threads = 0
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup(title: "Transcription and translation") var decoding: DecodingArguments

  func validate() throws {
    if streams < 1 || streams > 4096 { throw ValidationError("--streams must be 1...4096.") }
    for (name, value) in [("length", length), ("repeats", repeats)] {
      if let value, value < 1 { throw ValidationError("--\(name) must be at least 1.") }
    }
    if threads < 0 || threads > 4096 { throw ValidationError("--threads must be 0...4096.") }
  }

  func run() throws {
    let run = try RunFolder.open(at: URL(fileURLWithPath: folder))
    let team = WorkerTeam(count: threads > 0 ? threads : UsableCores.count)
    guard let kind = try run.jobKind().trainedModel else {
      if length != nil || repeats != nil {
        throw UserError.usage(
          "--length and --repeats are for recall tasks, which make their own sequences",
          hint: "drop them for this run")
      }
      return try evaluateLanguageModel(team)
    }
    var model = try kind.init(run, team: team)
    if let options = decoding.options { try model.decode(options) }
    if length != nil || repeats != nil { try model.resize(length: length, repeats: repeats) }
    let evaluation = try model.evaluate(
      text.map { URL(fileURLWithPath: $0) })
    if json {
      Output.standardOutput.write("\(evaluation.json)\n")
    } else {
      Output.standardOutput.write(evaluation.score.text + "\n")
      if !evaluation.report.isEmpty { Output.standardOutput.write(evaluation.report + "\n") }
    }
  }

  private func evaluateLanguageModel(_ team: WorkerTeam) throws {
    guard !text.isEmpty else {
      throw UserError.usage("no text to measure on", hint: "name one or more files with --text")
    }
    let archive = try LanguageModelArchive(at: URL(fileURLWithPath: folder))
    let cache = FileManager.default.temporaryDirectory
      .appendingPathComponent("unroll-eval-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: cache) }
    let corpus = try CorpusTokenizer.tokenize(
      files: text.map { URL(fileURLWithPath: $0) }, vocabulary: archive.vocabulary,
      cacheFolder: cache)
    let score = LanguageModelEvaluator(archive.model, team: team, streams: streams)
      .score(corpus.tokens, range: 0..<corpus.tokens.count)
    if json {
      Output.json([
        "loss": score.loss, "perplexity": score.perplexity, "bits_per_character": score.bits,
        "tokens": score.tokens,
      ])
    } else {
      let unit = archive.vocabulary.kind == .character ? "character" : "token"
      Output.standardOutput.write(
        String(
          format: "loss %.4f nats/%@   perplexity %.3f   %.4f bits/%@   %d tokens\n",
          score.loss, unit, score.perplexity, score.bits, unit, score.tokens))
    }
  }
}
