import Autodiff
import Compute
import Foundation
import Parallel

/// Runs that belong together: one task with the same vocabularies and labels, which read data alike.
package enum RunAgreement {
  /// Throws a usage `UserError` that names what differs: the task, a file of the run, a setting, a
  /// parameter.
  ///
  /// - Parameter shapes: whether weights are of the same shapes too.
  package static func check(
    _ runs: [(folder: RunFolder, task: any TrainingTask)], shapes: Bool
  ) throws {
    guard let first = runs.first else { return }
    for run in runs.dropFirst() {
      func refuse(_ what: String) -> UserError {
        .usage(
          "'\(run.folder.url.relativePath)' and '\(first.folder.url.relativePath)' do not go "
            + "together: \(what)",
          hint: "name runs that were trained alike on the same data")
      }
      let (mine, theirs) = (type(of: first.task).name, type(of: run.task).name)
      guard mine == theirs else { throw refuse("one is of \(theirs), the other of \(mine)") }
      let (own, others) = (first.task.artifacts, Set(run.task.artifacts.map(\.name)))
      if let name = others.symmetricDifference(own.map(\.name)).min() {
        throw refuse("\(name) is in one alone")
      }
      for artifact in own where try !artifact.isEqual(in: run.folder) {
        throw refuse("\(artifact.name) differs")
      }
      if let (key, mine, theirs) = try difference(first.folder, run.folder) {
        throw refuse("\(key) is \(theirs) and \(mine)")
      }
      guard shapes else { continue }
      for parameter in first.task.parameters.parameters {
        let found = run.task.parameters.parameter(named: parameter.name)?.shape
        guard found == parameter.shape else {
          throw refuse(
            "\(parameter.name) is \(found.map { "\($0)" } ?? "missing") and \(parameter.shape)")
        }
      }
      guard run.task.parameters.parameters.count == first.task.parameters.parameters.count else {
        throw refuse("one has parameters that the other lacks")
      }
    }
  }

  /// The first setting of data that two runs have otherwise; files and how they were divided do not count.
  private static func difference(
    _ first: RunFolder, _ second: RunFolder
  ) throws -> (key: String, mine: OptionValue, theirs: OptionValue)? {
    let (mine, theirs) = (try first.settings(), try second.settings())
    return mine.differences(from: theirs, in: ["data"]).lazy
      .filter { difference in
        mine.schema.option(difference.key)?.isPath != true
          && !["data.valid_fraction", "data.split_seed"].contains(difference.key)
      }
      .map { ($0.key, $0.ours, $0.theirs) }.first
  }
}

extension RunFolder {
  /// The settings of the run, whatever its task.
  func settings() throws -> ResolvedSettings { try task().settings(of: self) }
}
