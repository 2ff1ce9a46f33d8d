import ArgumentParser
import Compute
import Foundation
import Corpora
import Runs

package struct Predict: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Predicts for what is read from standard input, in the format of the run's task.",
    discussion: """
      Rows and texts go in without their labels, a line each, and every line gives a prediction: one that \
      is blank or makes no sense is told with its number and gives an empty prediction, with --json one \
      that says the error. --strict ends at the first such line with exit status 1.
      """)

  @Argument(
    help: ArgumentHelp(
      "The run folder; of several, whose probabilities or numbers are averaged.", valueName: "run"))
  var folders: [String]
  @OptionGroup var team: TeamOptions
  @Flag(
    help:
      "For taggers: read CoNLL columns, a word a line and a blank line after each sentence, instead of a sentence a line."
  ) var columns = false
  @Option(help: "For classifiers: show this many labels, the most probable first.")
  var topK: Int?
  @Flag(help: "Print one JSON object a prediction.") var json = false
  @Flag(help: "End at the first line that is blank or makes no sense.") var strict = false
  @OptionGroup(title: "Transcription and translation") var decoding: DecodingArguments

  package init() {}

  package func validate() throws {
    if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1.") }
  }

  package func run() throws {
    let run = try OpenedRun(folders, team: try team.team)
    try decoding.apply(to: run)
    if let topK { try run.ability(Abilities.ranking, for: "--top-k").rank(topK) }
    if columns { try run.ability(Abilities.columnReading, for: "--columns").readColumns() }
    let input = LineReader.standardInput()
    let skipped = SkippedLines()
    try run.ability(Abilities.predicting, for: "\(ProgramName.current) predict").predict(
      {
        try input.nextLine().map { line in
          if let fault = line.fault { throw FaultyLine(line.text, fault) }
          return line.text
        }
      }, isReady: { input.hasLine }, skip: strict ? nil : skipped.tell,
      tell: skipped.tell
    ) { prediction in
      guard let text = prediction.written(asJSON: json) else { return }
      Output.standardOutput.write(text + "\n")
    }
    skipped.finish()
  }
}
