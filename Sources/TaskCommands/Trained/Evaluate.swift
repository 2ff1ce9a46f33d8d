import ArgumentParser
import Compute
import Foundation
import Measures
import Runs

package struct Evaluate: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measures a run's model on data it was not trained on.",
    discussion: """
      The data have the format that the run was trained on. For a language model, the text is read as one stream with carried state, from a state of zeros, with dropout off. \
      Every token but the first is predicted, <eos> and <unk> included.
      """)

  @Argument(
    help: ArgumentHelp(
      "The run folder; of several, whose probabilities are averaged.", valueName: "run"))
  var folders: [String]
  @Option(
    name: [.long, .customLong("data")], parsing: .upToNextOption,
    help: "Files, read in this order.")
  var text: [String] = []
  @Option(
    parsing: .unconditional,
    help:
      "For language models: read the text in this many parts at once; each starts 256 tokens early to find its state."
  ) var streams: Int?
  @Flag(
    help:
      "For language models with --output nce: take outputs for logarithms of probabilities, without a sum over the vocabulary."
  ) var selfNormalised = false
  @Option(
    parsing: .unconditional,
    help: "For recall tasks: vectors to remember, however many were trained on.")
  var length: Int?
  @Option(
    parsing: .unconditional, help: "For repeat-copy: how often, however often was trained on.")
  var repeats: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For recall tasks: measure on this many sequences that validation did not see either.",
      valueName: "sequences"))
  var unseen: Int?
  @Option(
    help: ArgumentHelp(
      "Draw which class was taken for which, as an SVG file.", valueName: "file"))
  var plot: String?
  @OptionGroup var team: TeamOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Option(
    help: ArgumentHelp(
      "Write what is right and what was predicted, example by example, with probabilities, as a table with tabs; or to a file that ends in .npy the probabilities alone; may be repeated.",
      valueName: "file"))
  var predictions: [String] = []
  @Flag(
    help:
      "Refuse data with labels that were never trained and with empty examples, which are otherwise told."
  )
  var strict = false
  @OptionGroup(title: "Language models that learn from what they read")
  var learning: AdaptationArguments
  @OptionGroup(title: "Transcription and translation") var decoding: DecodingArguments

  package func validate() throws {
    if streams != nil, learning.adaptation != nil {
      throw ValidationError("--streams reads a text in parts, --dynamic and --cache in its order.")
    }
    if let streams, streams < 1 || streams > 4096 {
      throw ValidationError("--streams must be 1...4096, found \(streams).")
    }
    for (name, value) in [("length", length), ("repeats", repeats), ("unseen", unseen)] {
      if let value, value < 1 {
        throw ValidationError("--\(name) must be at least 1, found \(value).")
      }
    }
    try decoding.refuseShowing()
    let most = ClosedRange<Int>.positiveCount.upperBound
    if let unseen, unseen > most {
      throw ValidationError("--unseen must be at most \(most), found \(unseen).")
    }
  }

  package init() {}

  package func run() throws {
    let run = try OpenedRun(folders, team: try team.team)
    if folders.count > 1 {
      _ = try run.ability(Abilities.ensembleMeasuring, for: "a measure of several runs")
    }
    if let streams {
      try run.ability(Abilities.streamReading, for: "--streams").read(streams: streams)
    }
    if let adaptation = learning.adaptation {
      try run.ability(
        Abilities.adapting, for: adaptation.rate == nil ? "--cache" : "--dynamic"
      ).adapt(adaptation)
    }
    if selfNormalised {
      try run.ability(Abilities.selfNormalising, for: "--self-normalised").readSelfNormalised()
    }
    let sizes = [("--length", length), ("--repeats", repeats), ("--unseen", unseen)]
    if let (option, _) = sizes.first(where: { $0.1 != nil }) {
      try run.ability(Abilities.resizing, for: option).resize(
        length: length, repeats: repeats, unseen: unseen)
    }
    try decoding.apply(to: run)
    try OutputFiles.check(
      predictions.map { ("--predictions", $0) } + [("--plot", plot)], reading: [("--data", text)])
    let listing =
      predictions.isEmpty ? nil : try run.ability(Abilities.listing, for: "--predictions")
    let files = try text.map { try URL(typed: $0) }
    for change in try run.folder.changes(in: files) {
      Output.standardError.write("warning: \(change)\n")
    }
    var fault: String?
    let evaluation = try run.task.evaluate(files, isStrict: strict) {
      Output.standardError.write("warning: \($0)\n")
      fault = fault ?? $0
    }
    // A mean over none of the examples.
    if evaluation.score.loss.isNaN, let fault {
      throw UserError(
        "nothing in these data can be measured: \(fault)",
        hint: "check that the data and '\(folders[0])' belong together")
    }
    guard evaluation.score.loss.isFinite || evaluation.score.count == 0 else {
      throw UserError(
        "the loss of '\(folders[0])' on these data is \(evaluation.score.loss): its weights are of no use",
        hint: "train it anew with a lower --lr or --clip-norm")
    }
    if let listing { try writePredictions(of: listing) }
    if let plot {
      guard let confusion = evaluation.confusion else {
        throw UserError.usage(
          "--plot draws which class was taken for which, but '\(run.folder.url.relativePath)' "
            + "does not choose one of several classes", hint: "drop --plot for this run")
      }
      try AtomicFile.write(ConfusionPlot(confusion).svg, to: URL(typed: plot))
    }
    let output = Output.beside([plot] + predictions.map(Optional.some))
    if json {
      output.write("\(evaluation.json)\n")
    } else {
      output.write(evaluation.score.text + "\n")
      if !evaluation.report.isEmpty { output.write(evaluation.report + "\n") }
    }
  }

  /// Reads the data anew: few want this, and evaluations have no place for it.
  private func writePredictions(of task: any Listing) throws {
    let listing = try task.listing(of: text.map { try URL(typed: $0) })
    for path in predictions {
      let url = try URL(typed: path)
      if url.pathExtension.lowercased() == "npy" {
        try listing.writeProbabilities(to: url)
      } else {
        try listing.write(to: url)
      }
    }
  }
}
