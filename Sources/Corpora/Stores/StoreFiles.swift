import Compute
import Foundation

/// The files of a store beside its manifest.
enum StoreFiles {
  static let lockName = "lock"

  static func vocabulary(_ folder: URL) -> URL { folder.appendingPathComponent("vocabulary.json") }

  /// Throws a usage `UserError` if a folder holds something, and no store, whole or begun: a store's files would
  /// take the places of others with their names, as a run's `vocabulary.json`.
  ///
  /// - Parameter kept: a file that was put there for the store.
  static func refuseForeign(_ folder: URL, except kept: String? = nil) throws {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    let all = try UserError.naming("list", folder) { try FileSystem.names(in: folder.path) }
    let names = all.filter { $0 != kept && AtomicFile.target(ofPartial: $0) == nil }.sorted()
    let foreign = names.first { $0 != lockName && $0 != KeptInput.name && !isOfStore($0) }
    // The lock is a store's first file, and somebody may keep other things beside a store, but no run.
    let isRun =
      names.contains("config.toml")
      && ["metrics.jsonl", "model.safetensors"].contains { names.contains($0) }
    guard let first = foreign ?? names.first, foreign != nil || !names.contains(lockName),
      isRun || !StoreManifest.isIn(folder) && !StoreJournal.isIn(folder)
    else { return }
    throw UserError.usage(
      "'\(folder.relativePath)' is not empty and holds no token store: found '\(first)'",
      hint: "name an empty or a new folder")
  }

  /// Removes what belongs to no whole store: what cut-off writes have left or, on top, all of a store.
  /// Files that no store has stay.
  static func sweep(_ folder: URL, keepsBegun: Bool) throws {
    try UserError.naming("remove a file of", folder) {
      for name in try FileSystem.names(in: folder.path).sorted() {
        let target = AtomicFile.target(ofPartial: name)
        guard isOfStore(target ?? name), target != nil || !keepsBegun else { continue }
        try FileSystem.remove(folder.appendingPathComponent(name).path)
      }
    }
  }

  /// Removes the folder of a store that has no file yet.
  static func removeEmpty(_ folder: URL) {
    guard (try? FileSystem.names(in: folder.path)) == [lockName] else { return }
    try? FileSystem.remove(folder.appendingPathComponent(lockName).path)
    try? FileSystem.removeFolder(folder.path)
  }

  private static func isOfStore(_ name: String) -> Bool {
    if [StoreManifest.name, StoreJournal.name, "vocabulary.json"].contains(name) { return true }
    let parts = name.split(separator: ".")
    return parts.count == 2 && parts[0].count >= 5 && parts[0].allSatisfy(\.isNumber)
      && ShardWriter.endings.contains(String(parts[1]))
  }
}

/// The right to write in a store: one process has it. A lock of the system on a file, which ends with the
/// process, however that ends.
final class StoreLock {
  private let file: OpenFile

  /// Throws a usage `UserError` if somebody else writes there.
  ///
  /// - Parameter waits: until nobody does.
  init(_ folder: URL, waits: Bool) throws {
    let path = folder.appendingPathComponent(StoreFiles.lockName).path
    file = try UserError.naming("write", folder) { try FileSystem.open(path, O_RDWR | O_CREAT) }
    // Where the file system knows no locks there is none.
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    if waits {
      Activity.run("waiting for another process to finish", "'\(folder.path)'") { [file] _ in
        while flock(file.descriptor, LOCK_EX) != 0, errno == EINTR {}
      }
      return
    }
    try? FileSystem.close(file)
    throw UserError.usage(
      "another process writes in '\(folder.relativePath)'",
      hint: "wait until it is done, stop it, or name another folder")
  }

  /// The file stays: somebody may wait for it.
  func letGo() { try? FileSystem.close(file) }
}
