import Foundation
import Interchange

/// A checkpoint in a run's folder, by name: nothing says yet that the file is whole.
package struct Checkpoint: Sendable, Equatable {
  /// Updates that had been done when it was written.
  package let update: Int
  package let url: URL

  private static let prefix = "checkpoint-"
  private static let suffix = ".safetensors"
  static let brokenSuffix = ".broken"
  /// Where the metadata of the file hold the counters of the run.
  static let progressKey = "unroll.progress"

  static func name(update: Int) -> String { "\(prefix)\(update)\(suffix)" }

  /// The update in a checkpoint's file name; nil for any other name, `checkpoint-007…` included,
  /// so that every update has exactly one name.
  static func update(ofFile name: String) -> Int? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count + suffix.count,
      let update = Int(name.dropFirst(prefix.count).dropLast(suffix.count)), update >= 0,
      name == self.name(update: update)
    else { return nil }
    return update
  }

  /// The update in the name of a checkpoint that was set aside.
  static func update(ofBrokenFile name: String) -> Int? {
    name.hasSuffix(brokenSuffix) ? update(ofFile: String(name.dropLast(brokenSuffix.count))) : nil
  }
}
