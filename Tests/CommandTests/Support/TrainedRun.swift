import Foundation
import TestSupport
import Testing

/// Runs that several tests look at, each trained once a process, in seconds.
enum TrainedRun {
  /// A word model of `data/pears.txt`.
  static func pears() throws -> String { try made.get().path("pears") }

  /// A small character model of `data/markov-sample.txt`.
  static func characters() throws -> String { try made.get().path("characters") }

  /// What `train` wrote to its two streams for `pears`.
  static func pearsTraining() throws -> CommandResult {
    _ = try made.get()
    return try training.get()
  }

  private static let folder = Result { try TemporaryFolder() }

  private static let training = Result {
    try UnrollProcess.succeed([
      "train", "lm", "--text", data("pears.txt"), "--tokens", "word", "--layers", "1",
      "--hidden", "48", "--embedding", "32", "--batch", "8", "--steps", "20", "--epochs", "6",
      "--lr", "1e-2", "--threads", "2", "--out", try folder.get().path("pears"),
    ])
  }

  private static let made = Result {
    let folder = try TrainedRun.folder.get()
    // Statics are never released: the folder would stay behind.
    atexit { if let folder = try? TrainedRun.folder.get() { folder.remove() } }
    _ = try training.get()
    try UnrollProcess.succeed([
      "train", "lm", "--text", data("markov-sample.txt"), "--layers", "1", "--hidden", "16",
      "--embedding", "8", "--updates", "20", "--out", folder.path("characters"),
    ])
    return folder
  }

  /// A file of the package's own `data`.
  static func data(_ name: String) -> String {
    SharedData.packageRoot.appendingPathComponent("data/\(name)").path
  }
}
