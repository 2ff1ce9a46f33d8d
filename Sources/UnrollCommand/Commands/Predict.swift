import ArgumentParser
import Foundation
import Unroll

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predicts for what is read from standard input, in the format of the run's task.")

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(help: "Worker threads; 0: as many as there are cores.") var threads = 1
  @Flag(
    help:
      "For taggers: read CoNLL columns, a word a line and a blank line after each sentence, instead of a sentence a line."
  ) var columns = false
  @Flag(help: "Print one JSON object a prediction.") var json = false
  @OptionGroup(title: "Transcription and translation") var decoding: DecodingArguments

  func validate() throws {
    if threads < 0 || threads > 4096 { throw ValidationError("--threads must be 0...4096.") }
  }

  func run() throws {
    let run = try RunFolder.open(at: URL(fileURLWithPath: folder))
    let kind = try run.jobKind()
    guard let trained = kind.trainedModel else {
      throw UserError.usage(
        "'\(folder)' is a run of 'unroll train \(kind.rawValue)', which has nothing to predict",
        hint: "use unroll sample or unroll score")
    }
    var model = try trained.init(
      run, team: WorkerTeam(count: threads > 0 ? threads : UsableCores.count))
    if let options = decoding.options { try model.decode(options) }
    if columns { try model.readColumns() }
    try model.predict(StandardStreams.readLine) { prediction in
      Output.standardOutput.write((json ? "\(prediction.json)" : prediction.text) + "\n")
    }
  }
}
