import CSystem
import Foundation

/// Files that are either the old one, whole, or the new one, whole, whatever happens in between.
///
/// Order: write to `<name>.<process>-<number>.partial` beside the target → fsync → rename over the
/// target → fsync the folder. A full disk or a kill leaves the old file untouched, and SIGKILL, which
/// nobody can catch, a partial one beside it. Two processes may write the same file; the later whole
/// one stays.
///
/// Only regular files are replaced. A symbolic link stays and what it leads to is replaced; a
/// device or a FIFO is written to once the content is complete.
package enum AtomicFile {
  private static let partialSuffix = ".partial"

  /// Replaces the file at `url` with what `body` writes.
  ///
  /// Throws what `body` throws, or a `UserError` naming the file when the system refuses; the old
  /// file, if any, is then still there and the partial one is gone. The one exception says so: the
  /// file is new, but a power cut might still undo it.
  package static func write(to url: URL, _ body: (AtomicFileWriter) throws -> Void) throws {
    let writer = try AtomicFileWriter(url)
    try body(writer)
    try writer.commit()
  }

  /// Replaces the file at `url` with `text` in UTF-8.
  package static func write(_ text: String, to url: URL) throws {
    try write(to: url) { try $0.append(text) }
  }

  /// The name that an unfinished file of that name was meant to get; nil if it is no such name.
  package static func target(ofPartial name: String) -> String? {
    guard name.hasSuffix(partialSuffix) else { return nil }
    let marked = name.dropLast(partialSuffix.count)
    guard let dot = marked.lastIndex(of: ".") else { return nil }
    return String(marked[..<dot])
  }

  /// A name that no other process and no other file uses, of which `target(ofPartial:)` is `name`.
  package static func partialName(of name: String) -> String {
    "\(name).\(getpid())-\(UInt32.random(in: 0...UInt32.max))\(partialSuffix)"
  }

  /// Lets signals that end the process remove its unfinished files first, where they would end it now. For
  /// commands: a library leaves signals to its host.
  package static func removeUnfinishedAtSignals() {
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] { unlink_unfinished_files_at(signal) }
  }

  /// Ends the process at once: nothing is left of files that are being written.
  package static func exit(_ status: Int32) -> Never {
    unlink_unfinished_files()
    _exit(status)
  }

  /// Makes renames and removals inside `folder` survive a power cut.
  package static func synchronizeFolder(_ folder: URL) throws {
    try UserError.naming("write", folder) { try FileSystem.synchronizeFolder(folder.path) }
  }
}

/// An unfinished file: `commit` gives it its name; dropped before that, it leaves nothing behind.
package final class AtomicFileWriter {
  private let url: URL
  private let target: OutputTarget
  private let partial: String
  private var file: OpenFile?
  private var isPartialLeft = true
  private let note: Int32
  /// Bytes appended so far.
  package private(set) var count = 0

  /// - Parameter createsFolders: makes the folders above the file.
  package init(_ url: URL, createsFolders: Bool = false) throws {
    self.url = url
    if createsFolders {
      let folder = url.deletingLastPathComponent()
      try UserError.naming("make the folder", folder) {
        _ = try FileSystem.makeFolders(folder.path)
      }
    }
    target = try UserError.naming("write", url) { try OutputTarget(url.path) }
    let partial =
      switch target {
      case .file(let path): AtomicFile.partialName(of: path)
      case .stream:
        // Kept elsewhere until it is complete: parts of it may be written again.
        FileManager.default.temporaryDirectory.path + "/" + AtomicFile.partialName(of: "unroll")
      }
    self.partial = partial
    // A signal may come as soon as it is there.
    let note = note_unfinished_file(partial)
    self.note = note
    do {
      file = try UserError.naming("write", url) {
        try FileSystem.open(partial, O_RDWR | O_CREAT | O_EXCL)
      }
    } catch {
      if note >= 0 { forget_unfinished_file(note) }
      throw error
    }
  }

  deinit {
    if let file { try? FileSystem.close(file) }
    if isPartialLeft { try? FileSystem.remove(partial) }
    if note >= 0 { forget_unfinished_file(note) }
  }

  /// Makes the file durable under its own name. Throws a `UserError` naming it: the old file is there
  /// as it was, or, where the error says so, the new one, which a power cut might still undo.
  package func commit() throws {
    guard let file else { preconditionFailure("'\(url.path)' is committed already") }
    switch target {
    case .stream(let path):
      try UserError.naming("write", url) { try copy(file, to: path) }
    case .file(let path):
      do {
        try UserError.naming("write", url) {
          let written = try FileSystem.status(file)
          try FileSystem.synchronize(file)
          self.file = nil
          try FileSystem.close(file)
          do {
            try FileSystem.rename(partial, to: path)
          } catch {
            // A server may have done it, and its answer was lost.
            guard isName(path, of: written) else { throw error }
          }
        }
        isPartialLeft = false
        try FileSystem.synchronizeFolder((path as NSString).deletingLastPathComponent)
      } catch let error as SystemError {
        throw uncertain(error)
      }
    }
  }

  private func isName(_ path: String, of written: stat) -> Bool {
    guard let found = try? FileSystem.status(path) else { return false }
    return found.st_ino == written.st_ino && found.st_dev == written.st_dev
  }

  private func uncertain(_ error: SystemError) -> UserError {
    var uncertain = UserError(
      "'\(url.relativePath)' was written, but it is not certain to survive a power cut: "
        + "its folder could not be synchronized: \(error)",
      hint: "check the disk")
    uncertain.systemCode = error.code
    return uncertain
  }

  /// Writes `bytes` at the end. Throws a `UserError` naming the file.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try put(bytes, at: count)
    count += bytes.count
  }

  /// Writes `text` in UTF-8 at the end. Throws a `UserError` naming the file.
  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  /// Replaces `bytes.count` bytes from `offset` on; all of them must have been appended before.
  package func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    precondition(
      offset >= 0 && bytes.count <= count - offset,
      "overwriting \(bytes.count) bytes at \(offset) of a file of \(count)")
    try put(bytes, at: offset)
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let file else { preconditionFailure("'\(url.path)' is committed already") }
    try UserError.naming("write", url) { try FileSystem.write(file, bytes, at: offset) }
  }

  /// Block by block into what is there already, which keeps its kind, owner and permissions.
  private func copy(_ file: OpenFile, to path: String) throws {
    let stream = try FileSystem.open(path, O_WRONLY)
    defer { try? FileSystem.close(stream) }
    try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 64) { block in
      var done = 0
      while done < count {
        let read = try FileSystem.read(file, into: block, at: done)
        guard read > 0 else { throw SystemError(code: EIO) }
        try FileSystem.write(stream, UnsafeRawBufferPointer(rebasing: block[..<read]))
        done += read
      }
    }
  }
}
