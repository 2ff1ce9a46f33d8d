import Compute
import Corpora
import Foundation
import Interchange

extension TrainingRun {
  /// Writes the first weights: those of the seed, or those of another run where they fit.
  func beginWeights() throws {
    let source = try URL(named: settings.train.reuse.from).map {
      try WarmStart(from: $0, team: team)
    }
    try task.begin(seed: UInt64(settings.train.seed))
    warmStart = try source.map { try $0.fill(task) + $0.differences(of: data) }
  }

  /// Throws a `UserError` if a run without a checkpoint cannot begin anew: its first weights follow from
  /// no seed, or it holds weights that would be lost.
  func checkBeginning() throws {
    let name = folder.url.relativePath
    if FileManager.default.fileExists(atPath: folder.model.path),
      let model = try UserError.nilIfDamaged({ try SafetensorsFile.open(folder.model) })
    {
      guard model.metadata[WeightsFile.averagedKey] == nil else {
        throw UserError(
          "the weights in '\(name)' are a mean, and no training goes on from them",
          hint: "begin a new run with --from \(name)")
      }
      // Before the best weights are written there is a checkpoint: these are another tool's, or it was lost.
      throw UserError(
        "'\(name)' holds weights but no checkpoint: training would begin again, and lose them",
        hint: "restore a checkpoint from a copy, or begin a new run with --from \(name)")
    }
    let from = settings.train.reuse.from
    guard !from.isEmpty else { return }
    throw UserError(
      "'\(name)' holds no checkpoint, and its first weights came from '\(from)'",
      hint: "begin it anew with --overwrite, or restore a checkpoint from a copy")
  }

  /// What `train.test` names.
  var testFiles: [URL] { settings.train.reuse.test.map { URL(fileURLWithPath: $0) } }

  /// Takes a part out of the data, which of hundreds of millions of examples takes minutes.
  static func divided(
    _ source: Task.Source, _ heldOut: HeldOut
  ) throws -> (training: Task.Source, heldOut: Task.Source?) {
    try Activity.run("dividing the examples") { _ in
      let (training, heldOut) = try source.divided(heldOut)
      return (training, heldOut)
    }
  }

  /// Takes the fold that the settings name out of the training data. Throws `UserError.usage` if the task
  /// has no examples to divide.
  static func dividedByFold(
    _ source: Task.Source, _ settings: Task.Settings
  ) throws -> (training: Task.Source, test: Task.Source?) {
    guard !settings.train.reuse.fold.isEmpty else { return (source, nil) }
    let fold = try Fold(parsing: settings.train.reuse.fold)
    let (training, test) = try divided(
      source, HeldOut(fold, seed: Task.heldOut(settings)?.seed ?? 1))
    guard let test else {
      throw UserError.usage(
        "the data of '\(ProgramName.current) train \(Task.call)' are not divided into folds",
        hint: "train it as a whole, with '\(ProgramName.current) train' and no --fold")
    }
    return (training, test)
  }

  /// Measures the best weights on the test data, if there are any, as `unroll eval` does.
  func test(_ report: (TrainingEvent) -> Void) throws {
    guard testFold != nil || !testFiles.isEmpty else { return }
    let trained = try Task.opened(in: folder, team: team)
    let source = try testFold ?? trained.read(testFiles)
    report(.tested(try trained.evaluate(try trained.examples(source))))
  }
}
