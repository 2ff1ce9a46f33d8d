import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a run's model in a format that other programs read.",
    discussion: """
      An ONNX file has the best weights, and the run's settings, vocabularies and labels as metadata. \
      Batch and time are as large as whoever runs it likes; a row counts as far as 'lengths' says. Models \
      that write, such as translators, become several files: one for what is done once, one for a step. \
      The inputs and outputs are printed.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(help: ArgumentHelp("The ONNX file.", valueName: "file")) var onnx: String
  @OptionGroup var showing: ShowingOptions

  func run() throws {
    try OutputFiles.check([("--onnx", onnx)])
    let run = try OpenedRun(folder, team: WorkerTeam(count: 1))
    let files = try run.ability(Abilities.graphExporting, for: "--onnx")
      .writeGraphs(of: run.folder, to: URL(typed: onnx))
    let output = Output.beside([onnx])
    for (url, graph) in files {
      output.write("\(url.relativePath)\n")
      for (kind, ports) in [("in ", graph.inputs), ("out", graph.outputs)] {
        for port in ports { output.write("  \(kind)  \(port)\n") }
      }
    }
  }
}
