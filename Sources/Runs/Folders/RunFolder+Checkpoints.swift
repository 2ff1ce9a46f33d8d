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

  /// Writes a checkpoint, then removes all but the newest `keeping`.
  ///
  /// The older ones go only after the new one is on the disk, so that one whole checkpoint exists
  /// at every moment.
  @discardableResult
  package func writeCheckpoint(
    update: Int, _ writer: SafetensorsWriter, keeping count: Int = 2
  ) throws -> Checkpoint {
    let checkpoint = Checkpoint(update: update, url: checkpoint(update: update))
    try writer.write(to: checkpoint.url)
    try pruneCheckpoints(keeping: count)
    return checkpoint
  }

  /// Opens the newest checkpoint that is whole, by format, length and digest.
  ///
  /// Each newer one that is not is told to `warn`, in a sentence that names the file. If none is
  /// whole, or there is none, throws a `UserError`.
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
      do {
        return (checkpoint, try SafetensorsFile.open(checkpoint.url, verifyDigest: true))
      } catch let error as UserError {
        warn("skipping a checkpoint: \(error.message)")
      }
    }
    throw UserError(
      "none of the \(checkpoints.count) checkpoints in '\(url.relativePath)' is whole",
      hint: "restore one from a copy, or begin the run anew with --overwrite")
  }

  /// Takes checkpoints newer than `update` out of the way, as `<name>.broken`.
  ///
  /// To be called when a run goes on from `update`: the newer ones could not be read, or belong to
  /// a history that is about to be written again, and must not be taken for the latest.
  package func setAsideCheckpoints(after update: Int) throws {
    for checkpoint in try checkpoints() where checkpoint.update > update {
      guard rename(checkpoint.url.path, checkpoint.url.path + Checkpoint.brokenSuffix) == 0 else {
        throw UserError.cannot("rename", checkpoint.url, code: errno)
      }
    }
    try AtomicFile.synchronizeFolder(url)
  }

  /// Removes all but the newest `count` checkpoints, and what cut-off writes left behind.
  package func pruneCheckpoints(keeping count: Int = 2) throws {
    precondition(count >= 1, "keeping \(count) checkpoints")
    for checkpoint in try checkpoints().dropFirst(count) {
      try remove(checkpoint.url.lastPathComponent)
    }
    for name in try names() {
      guard let whole = AtomicFile.target(ofPartial: name) else { continue }
      if Checkpoint.update(ofFile: whole) != nil { try remove(name) }
    }
  }
}
