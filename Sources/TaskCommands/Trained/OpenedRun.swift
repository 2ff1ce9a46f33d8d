import ArgumentParser
import Foundation
import Compute
import Parallel
import Runs

/// A run whose best weights were loaded, and what it is asked for.
package struct OpenedRun {
  package let folder: RunFolder
  package let task: any TrainingTask

  package init(_ path: String, team: WorkerTeam) throws {
    folder = try RunFolder.open(at: URL(typed: path))
    task = try folder.openTask(team: team) { Output.standardError.write("warning: \($0)\n") }
  }

  /// A run, and others that answer together with it.
  ///
  /// Throws a usage `UserError` that names what differs where they do not go together.
  package init(_ paths: [String], team: WorkerTeam) throws {
    let runs = try paths.map { try OpenedRun($0, team: team) }
    guard let first = runs.first else {
      throw UserError.usage("no run is named", hint: "name its folder")
    }
    self = first
    guard runs.count > 1 else { return }
    try RunAgreement.check(runs.map { ($0.folder, $0.task) }, shapes: false)
    try ability(Abilities.ensembling, for: "an ensemble")
      .join(any: runs.dropFirst().map(\.task))
  }

  /// The task as one that has an ability. Throws a usage `UserError` that names what was asked for and
  /// the tasks that have it.
  ///
  /// - Parameter what: the option or command that needs the ability.
  package func ability<Protocol>(_ ability: Ability<Protocol>, for what: String) throws -> Protocol
  {
    if let able = ability.of(task) { return able }
    let able = TaskRegistry.commands(with: ability.isOf).joined(separator: ", ")
    throw UserError.usage(
      "\(what) is for runs of: \(able); '\(folder.url.relativePath)' is one of "
        + "'\(ProgramName.current) train \(type(of: task).call)'",
      hint: what.hasPrefix("--")
        ? "drop \(what) for this run"
        : "name another run; for this one there are: \(commands.joined(separator: ", "))")
  }

  /// What may be done with the run, by the commands of this program.
  private var commands: [String] {
    let others = [
      ("predict", Abilities.predicting.of(task) != nil),
      ("sample", Abilities.sampling.of(task) != nil),
      ("score", Abilities.scoring.of(task) != nil),
      ("compose", Abilities.composing.of(task) != nil),
      ("embed", Abilities.embedding.of(task) != nil),
    ]
    let known = ProgramName.commands
    return ["eval"] + others.filter { $0.1 && known.contains($0.0) }.map(\.0)
  }
}

/// What commands show while they work.
package struct ShowingOptions: ParsableArguments {
  @Flag(help: "Show no progress.") var quiet = false

  package init() {}

  package func validate() {
    if quiet { ActivityDisplay.standardError.silence() }
  }
}

/// Worker threads of commands that use a trained model.
package struct TeamOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Worker threads; 0: as many as there are cores.") package
    var threads = 0
  @OptionGroup var showing: ShowingOptions

  package init() {}

  package func validate() throws {
    if threads < 0 || threads > 4096 {
      throw ValidationError("--threads must be 0...4096, found \(threads).")
    }
  }

  /// Throws a `UserError` that names the limit if the system refuses a thread.
  package var team: WorkerTeam {
    get throws { try WorkerTeam.started(count: threads > 0 ? threads : UsableCores.count) }
  }
}
