import Compute
import Foundation
import Interchange

extension RunFolder {
  /// Where the checkpoint of that update goes.
  package func checkpoint(update: Int) -> URL {
    precondition(update >= 0, "a checkpoint of update \(update)")
    return url.appendingPathComponent(Checkpoint.name(update: update))
  }

  /// The checkpoints in the folder, newest first, whole or not.
  package func checkpoints() throws -> [Checkpoint] {
    try names()
      .compactMap { name in
        Checkpoint.update(ofFile: name).map {
          Checkpoint(update: $0, url: url.appendingPathComponent(name))
        }
      }
      .sorted { $0.update > $1.update }
  }

  /// Writes a checkpoint, reads it back, then removes all but the newest `keeping`.
  ///
  /// The older ones go only after the new one is on the disk and was found whole, so that one whole
  /// checkpoint exists at every moment.
  @discardableResult
  package func writeCheckpoint(
    update: Int, _ writer: SafetensorsWriter, keeping count: Int = 2, sparing updates: Set<Int> = []
  ) throws -> Checkpoint {
    let checkpoint = Checkpoint(update: update, url: checkpoint(update: update))
    try writer.write(to: checkpoint.url)
    _ = try SafetensorsFile.open(checkpoint.url, verifyDigest: true)
    try pruneCheckpoints(keeping: count, sparing: updates)
    return checkpoint
  }

  /// Opens the newest checkpoint that is whole, by format, length and digest, and is what its name
  /// says.
  ///
  /// Each newer one that is not is told to `warn`, in a sentence that names the file. If none is
  /// whole, or there is none, throws a `UserError`; and so it does if the system refuses to read
  /// one, which says nothing about what is in it, or if one is whole but of a newer format.
  /// Cost: reads every byte of the checkpoints that it tries.
  package func latestValidCheckpoint(
    warn: (String) -> Void
  ) throws -> (checkpoint: Checkpoint, file: SafetensorsFile) {
    let checkpoints = try checkpoints()
    guard !checkpoints.isEmpty else {
      throw UserError(
        "'\(url.relativePath)' holds no checkpoint to resume from",
        hint: "begin the run anew with --overwrite")
    }
    for checkpoint in checkpoints {
      let file: SafetensorsFile
      do {
        file = try open(checkpoint)
      } catch let error as UserError where error.systemCode == nil {
        warn("skipping a checkpoint: \(error.message)")
        continue
      }
      try WeightsFile.check(file)
      return (checkpoint, file)
    }
    throw UserError(
      "none of the \(checkpoints.count) checkpoints in '\(url.relativePath)' is whole",
      hint: "restore one from a copy, or begin the run anew with --overwrite")
  }

  private func open(_ checkpoint: Checkpoint) throws -> SafetensorsFile {
    let file = try SafetensorsFile.open(checkpoint.url, verifyDigest: true)
    let progress = file.metadata[Checkpoint.progressKey].flatMap { try? JSONValue(parsing: $0) }
    if let update = progress?["update"]?.integer, update != checkpoint.update {
      throw UserError(
        "'\(checkpoint.url.relativePath)' holds the state after \(update) updates, "
          + "not what its name says",
        hint: "give it the name \(Checkpoint.name(update: update))")
    }
    return file
  }

  /// Removes checkpoints newer than `update`, of a history that a run itself has given up.
  func removeCheckpoints(after update: Int) throws {
    for checkpoint in try checkpoints() where checkpoint.update > update {
      try remove(checkpoint.url.lastPathComponent)
    }
    try AtomicFile.synchronizeFolder(url)
  }

  /// Takes checkpoints newer than `update` out of the way, as `<name>.broken`.
  ///
  /// To be called when a run goes on from `update`: the newer ones could not be read, or belong to
  /// a history that is about to be written again, and must not be taken for the latest.
  package func setAsideCheckpoints(after update: Int) throws {
    for checkpoint in try checkpoints() where checkpoint.update > update {
      try UserError.naming("rename", checkpoint.url) {
        let path = checkpoint.url.path
        try FileSystem.rename(path, to: path + Checkpoint.brokenSuffix)
      }
    }
    try AtomicFile.synchronizeFolder(url)
  }

  /// Removes all but the newest `count` checkpoints, and what cut-off writes left behind.
  ///
  /// - Parameter updates: of checkpoints that stay too.
  package func pruneCheckpoints(keeping count: Int = 2, sparing updates: Set<Int> = []) throws {
    precondition(count >= 1, "keeping \(count) checkpoints")
    for checkpoint in try checkpoints().dropFirst(count)
    where !updates.contains(checkpoint.update) {
      try remove(checkpoint.url.lastPathComponent)
    }
    for name in try names() {
      guard let whole = AtomicFile.target(ofPartial: name) else { continue }
      if Checkpoint.update(ofFile: whole) != nil { try remove(name) }
    }
  }
}
