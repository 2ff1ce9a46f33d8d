import ArgumentParser
import Compute
import Parallel
import Runs

package struct CrossValidate: ParsableCommand {
  package static var configuration: CommandConfiguration {
    CommandConfiguration(
      abstract: "Trains once for each part of the data, and tests on that part.",
      discussion: """
        Every part is held out once for each seed; a share of the rest chooses the best weights. The runs \
        lie in --out, and one that was finished is not trained again: after an interruption the same \
        command goes on.
        """,
      subcommands: Train.tasks.map { crossValidated($0).command })
  }

  package init() {}
}

/// A task whose command divides the data and trains as often as there are parts.
func crossValidated<Task: TrainableTask>(_ task: Task.Type) -> any TrainableTask.Type {
  CrossValidated<Task>.self
}

private enum CrossValidated<Task: TrainableTask>: TrainableTask {
  static var name: String { Task.name }
  static var abstract: String { Task.abstract }
  static var discussion: String { Task.discussion }
  static var schema: SettingsSchema { Task.schema }
  static var fixed: [SettingsOverride] { Task.fixed }
  static var refusals: [String: String] { Task.refusals }
  static var alternative: (any TrainableTask.Type)? {
    Task.alternative.map { crossValidated($0) }
  }
  static var isCrossValidation: Bool { true }

  static func train(_ request: TrainingRequest) throws {
    switch request.start {
    case .dry(let settings): return try Task.train(dry(request, settings))
    // Without a part, so that they may be given to this command.
    case .listed: return try Task.train(request)
    case .new, .resume: break
    }
    guard RankLaunch() == nil else {
      throw UserError.usage(
        "a cross-validation is many trainings, and no processes share it under mpirun",
        hint: "start it without mpirun, or share each of its runs: unroll train … --fold 1/5")
    }
    try CrossValidation(request).run(Task.self)
  }

  /// Without the first part, for all: the trainings differ in what they leave out.
  private static func dry(
    _ request: TrainingRequest, _ settings: ResolvedSettings
  ) throws -> TrainingRequest {
    guard let folds = request.crossValidation?.folds else { return request }
    var first = request
    first.start = .dry(
      try settings.with([SettingsOverride("train.fold", .string("1/\(folds)"))]))
    return first
  }
}
