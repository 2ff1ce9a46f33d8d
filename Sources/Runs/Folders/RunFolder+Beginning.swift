import Compute
import Foundation

/// How a run begins: the new one is built beside the old one, and one rename decides.
///
/// ```
/// beginning.<process>-<number>.partial/   files of the new run are being written; the old one counts
/// beginning/                              they are whole, and count; the old run's are in the way
/// begun/                                  the old run is gone; files are moved to their place
/// ```
///
/// Each step may be cut off and is finished by whoever next takes the run's lock. The folder itself
/// stays, and with it the token cache and what others put there; it may be a mount or a link.
extension RunFolder {
  static let beginningName = "beginning"
  static let begunName = "begun"

  /// Begins the run at `url` with the files that `fill` writes to the folder it is given, and returns
  /// the run's folder.
  ///
  /// Refuses what `plan` refuses. Up to one moment everything is as it was, whatever fails; after it
  /// the new run is there and, with `overwrite`, the old one is gone, but neither the token cache
  /// nor anything else that lies there. A run that was begun, but cut off on its way, may be begun
  /// again without `overwrite`. The caller holds the run's lock.
  @discardableResult
  package static func begin(
    at url: URL, overwrite: Bool = false, _ fill: (RunFolder) throws -> Void
  ) throws -> RunFolder {
    let folder = try plan(at: url, overwrite: overwrite)
    try folder.make()
    try folder.finishBeginning()
    try folder.sweep()
    let staged = RunFolder(
      url: url.appendingPathComponent(AtomicFile.partialName(of: beginningName)))
    do {
      try staged.make()
      try fill(staged)
      // With them it is known as a run, whatever else lies in the folder.
      try AtomicFile.write("", to: staged.metrics)
      try UserError.naming("write", url) {
        try FileSystem.synchronizeFolder(staged.url.path)
        try FileSystem.rename(staged.url.path, to: folder.path(beginningName))
      }
    } catch {
      try? staged.removeWithContent()
      throw error
    }
    try AtomicFile.synchronizeFolder(url)
    try folder.finishBeginning()
    return folder
  }

  /// Finishes what `begin` was cut off from, if anything. The caller holds the run's lock.
  func finishBeginning() throws {
    let names = try names()
    try UserError.naming("begin the run in", url) {
      if names.contains(Self.beginningName) {
        for name in names.sorted() where Self.belongsToRun(name) {
          try FileSystem.remove(path(name))
        }
        try FileSystem.synchronizeFolder(url.path)
        try FileSystem.rename(path(Self.beginningName), to: path(Self.begunName))
        try FileSystem.synchronizeFolder(url.path)
      } else if !names.contains(Self.begunName) {
        return
      }
      // The configuration goes last: with it the folder is known as a run.
      let begun = try FileSystem.names(in: path(Self.begunName)).sorted()
      for name in begun where name != Self.configurationName { try putInPlace(name) }
      if begun.contains(Self.configurationName) { try putInPlace(Self.configurationName) }
      try FileSystem.synchronizeFolder(url.path)
      try FileSystem.removeFolder(path(Self.begunName))
      try FileSystem.synchronizeFolder(url.path)
    }
  }

  /// Removes what processes that were cut off left behind: partial files of every kind, and
  /// checkpoints beyond the last two and those of `updates`.
  ///
  /// The caller holds the run's lock and, where the run goes on, has chosen its checkpoint.
  package func sweep(sparing updates: Set<Int> = []) throws {
    for name in try names() where AtomicFile.target(ofPartial: name) != nil {
      if Self.isStaged(name) {
        try RunFolder(url: url.appendingPathComponent(name)).removeWithContent()
      } else if Self.belongsToRun(name) {
        try remove(name)
      }
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: tokenCache.path, isDirectory: &isFolder),
      isFolder.boolValue
    {
      let cache = RunFolder(url: tokenCache)
      for name in try cache.names() where AtomicFile.target(ofPartial: name) != nil {
        try cache.remove(name)
      }
    }
    try pruneCheckpoints(sparing: updates)
  }

  /// Whether a folder of that name is a new run on its way.
  static func isStaged(_ name: String) -> Bool {
    (AtomicFile.target(ofPartial: name) ?? name) == beginningName || name == begunName
  }

  /// Makes the folder, and those above it, unless it is there; gives what it made, each before the one above.
  @discardableResult
  func make() throws -> [String] {
    try UserError.naming("create the folder", url) { try FileSystem.makeFolders(url.path) }
  }

  private func putInPlace(_ name: String) throws {
    try FileSystem.rename("\(path(Self.begunName))/\(name)", to: path(name))
  }

  /// Removes a folder of files.
  private func removeWithContent() throws {
    for name in try names() { try remove(name) }
    try UserError.naming("remove", url) { try FileSystem.removeFolder(url.path) }
  }

  private func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
