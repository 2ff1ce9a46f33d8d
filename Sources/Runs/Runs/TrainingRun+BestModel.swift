import Autodiff
import Compute
import Foundation
import Interchange
import Measures

// `model.safetensors` holds the best weights of the history that a run goes on with. A checkpoint says which
// those are, by the digest of their numbers. The best weights before them stay in a second file: a history
// that is given up takes the newest ones with it.

extension TrainingRun {
  /// Writes the weights that were measured, the averaged ones in the place of the others, as the best so far:
  /// behind the checkpoint of the same update, which is being written. Throws a `Divergence`, and writes
  /// nothing, if one of them is not finite.
  func saveBest(_ standing: Standing, _ tell: Teller) throws {
    let (resolved, folder, update) = (resolved, folder, update)
    let digest = state.digest(averaged: false)
    if !isWriter {
      guard task.parameters.values.isFinite(team) else { throw Divergence.weights(at: update) }
    } else if isSaved, let copy = saver.copy, copy.update == update {
      saver.write {
        try folder.keepModel()
        try folder.writeModel(copy.state, averaged: true, digest, resolved, update: update)
      }
    } else {
      guard task.parameters.values.isFinite(team) else { throw Divergence.weights(at: update) }
      try awaitSaves(tell)
      try folder.keepModel()
      try folder.writeModel(state, averaged: false, digest, resolved, update: update)
    }
    (progress.bestCriterion, progress.bestUpdate, progress.bestWeights) = (standing, update, digest)
  }

  /// Sees to it that `model.safetensors` holds the weights that the state calls the best, of a run that goes
  /// on from a checkpoint. Where they are nowhere to be found, the next validation is the best.
  func settleModel(_ tell: Teller) throws {
    guard try !hasBest() else { return }
    let isLater = try updateOfModel.map { $0 > update } ?? false
    tell(
      .warning(
        "the best weights of '\(folder.url.relativePath)', those after update "
          + "\(progress.bestUpdate ?? update), are "
          + (isLater
            ? "no longer kept, since it goes on from update \(update)"
            : "lost: 'model.safetensors' was deleted, damaged or replaced")
          + "; the best are chosen anew from here on"))
    (progress.bestCriterion, progress.bestUpdate, progress.bestWeights) = (nil, nil, nil)
  }

  /// The update whose weights `model.safetensors` holds; nil if it is no whole file of a run.
  private var updateOfModel: Int? {
    get throws {
      guard try holds(folder.model, nil) else { return nil }
      let metadata = try SafetensorsFile.open(folder.model).metadata
      return metadata[WeightsFile.updateKey].flatMap { Int($0) }
    }
  }

  /// Throws a `UserError` if `model.safetensors` has lost what training has put there.
  func checkModel() throws {
    guard try !hasBest() else { return }
    throw UserError(
      "the best weights of '\(folder.url.relativePath)', those after update "
        + "\(progress.bestUpdate ?? update), are lost: 'model.safetensors' was deleted, damaged or "
        + "replaced while the run trained",
      hint: "train on with \(ProgramName.current) train --resume \(folder.url.relativePath) and "
        + "more updates, or restore the file from a copy")
  }

  /// Whether `model.safetensors` holds the best weights, or could be made to.
  private func hasBest() throws -> Bool {
    guard let best = progress.bestUpdate else {
      // Without validation it holds those of the last checkpoint.
      let digest = state.digest(averaged: false)
      if update > 0, try !holds(folder.model, digest) {
        try folder.writeModel(state, averaged: false, digest, resolved, update: update)
      }
      return true
    }
    if try holds(folder.model, progress.bestWeights) { return true }
    if try holds(folder.earlierModel, progress.bestWeights) {
      try folder.restoreEarlierModel()
      return true
    }
    for checkpoint in try folder.checkpoints() where checkpoint.update == best {
      if try restoreModel(from: checkpoint) { return true }
    }
    return false
  }

  /// Whether a file of weights is whole and holds those of the digest; nil: any.
  private func holds(_ url: URL, _ digest: String?) throws -> Bool {
    guard FileManager.default.fileExists(atPath: url.path) else { return false }
    do {
      let file = try SafetensorsFile.open(url, verifyDigest: true)
      return digest == nil || file.metadata[WeightsFile.digestKey] == digest
    } catch let error as UserError where error.systemCode == nil { return false }
  }

  /// Takes the weights, or their mean, from a checkpoint if they are the best.
  private func restoreModel(from checkpoint: Checkpoint) throws -> Bool {
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile.open(checkpoint.url, verifyDigest: true)
    } catch let error as UserError where error.systemCode == nil { return false }
    let averaged = try TrainingProgress(contentsOf: file).averagedUpdates ?? 0
    for prefix in averaged > 0 ? ["average.", ""] : [""] {
      let tensors = try task.parameters.parameters.map { ($0, try file.floats(prefix + $0.name)) }
      let digest = WeightsFile.digest(of: tensors.lazy.map(\.1))
      guard progress.bestWeights == nil || progress.bestWeights == digest else { continue }
      var writer = SafetensorsWriter(
        metadata: WeightsFile.modelMetadata(resolved, digest, update: checkpoint.update))
      for (parameter, values) in tensors {
        writer.add(parameter.name, shape: parameter.shape, floats: values)
      }
      try writer.write(to: folder.model)
      return true
    }
    return false
  }
}

extension RunFolder {
  /// Writes weights alone, under PyTorch's names.
  ///
  /// - Parameters:
  ///   - averaged: their mean, once there is one.
  ///   - digest: of their numbers.
  func writeModel(
    _ state: TrainingState, averaged: Bool, _ digest: String, _ settings: ResolvedSettings,
    update: Int
  ) throws {
    var writer = SafetensorsWriter(
      metadata: WeightsFile.modelMetadata(settings, digest, update: update))
    state.forEachWeight(averaged: averaged) { parameter, start in
      writer.add(parameter.name, shape: parameter.shape, from: start, count: parameter.count)
    }
    try writer.write(to: model)
  }
}
