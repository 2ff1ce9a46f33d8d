import ArgumentParser
import Compute
import Foundation
import Parallel
import Runs

package struct Average: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Makes a run whose weights are the mean of those of several.",
    discussion: """
      The runs have the same task, shapes, vocabularies and labels: the last checkpoints of one \
      training, or runs that began with the same weights (--from). The settings are those of the first.
      """)

  @Argument(
    help: ArgumentHelp(
      "Run folders, whose best weights are taken, or checkpoints in them.", valueName: "run"))
  var runs: [String]
  @Option(help: "Folder of the new run.", completion: .directory) var out: String
  @Flag(help: "Replace the run that the folder holds.") var overwrite = false

  package init() {}

  package func run() throws {
    let mean = try AveragedRun(
      of: try runs.map { try URL(typed: $0) }, team: WorkerTeam(count: 1))
    for note in try mean.notes { Output.standardError.message("warning: \(note)") }
    try mean.write(to: URL(typed: out), overwrite: overwrite)
    Output.standardOutput.write("the mean of \(runs.count) in \(out)\n")
  }
}
