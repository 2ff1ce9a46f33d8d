import ArgumentParser
import Foundation
import Corpora
import Runs

package struct Predict: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Predicts for what is read from standard input, in the format of the run's task.")

  @Argument(
    help: ArgumentHelp(
      "The run folder; of several, whose probabilities or numbers are averaged.", valueName: "run"))
  var folders: [String]
  @OptionGroup var team: TeamOptions
  @Flag(
    help:
      "For taggers: read CoNLL columns, a word a line and a blank line after each sentence, instead of a sentence a line."
  ) var columns = false
  @Flag(help: "Print one JSON object a prediction.") var json = false
  @OptionGroup(title: "Transcription and translation") var decoding: DecodingArguments

  package init() {}

  package func run() throws {
    let run = try OpenedRun(folders, team: try team.team)
    try decoding.apply(to: run)
    if columns { try run.ability(Abilities.columnReading, for: "--columns").readColumns() }
    let input = LineReader.standardInput()
    try run.ability(Abilities.predicting, for: "unroll predict").predict(
      { try input.nextText() }, isReady: { input.hasLine }
    ) { prediction in
      guard let text = prediction.written(asJSON: json) else { return }
      Output.standardOutput.write(text + "\n")
    }
  }
}
