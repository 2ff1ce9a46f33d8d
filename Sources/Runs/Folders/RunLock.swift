import Compute
import Foundation
import Interchange

/// The right to write in a run's folder: one process has it, from before it reads the data until it
/// ends. Reading needs no lock.
///
/// It is a lock of the system on the file `lock`, so it ends with the process, however that ends. The
/// file says who holds it and is removed when that process lets go; after a kill it stays, and means
/// nothing. Where the file system knows no locks there is none.
package final class RunLock: Sendable {
  package static let name = "lock"

  private let file: OpenFile
  /// Folders that were not there, each before the one above it.
  private let made: [String]

  /// Takes the lock of the run in the folder at `url`.
  ///
  /// Throws a usage `UserError` with host, process and time if another process has it, or another
  /// `RunLock` of this one.
  ///
  /// - Parameter isBeginning: makes the folder, and those above it, if they are missing; they go with the lock if nothing
  ///   was put into them. Otherwise a beginning that was cut off is finished here: `RunFolder.begin` has
  ///   to see it.
  package init(_ url: URL, isBeginning: Bool = false) throws {
    let run = RunFolder(url: url)
    made = isBeginning ? try run.make() : []
    let path = url.appendingPathComponent(Self.name).path
    let holder = Array((Self.holder + "\n").utf8)
    file = try Self.take(path, of: url)
    do {
      try UserError.naming("write", URL(fileURLWithPath: path)) { [file] in
        try FileSystem.truncate(file, to: 0)
        try holder.withUnsafeBytes { try FileSystem.write(file, $0, at: 0) }
      }
      if !isBeginning { try run.finishBeginning() }
    } catch {
      Self.letGo(of: file, made)
      throw error
    }
  }

  deinit { Self.letGo(of: file, made) }

  /// Opens and locks the file. Whoever held it may have removed it in between: then again.
  private static func take(_ path: String, of url: URL) throws -> OpenFile {
    while true {
      let file = try UserError.naming("write", URL(fileURLWithPath: path)) {
        try FileSystem.open(path, O_RDWR | O_CREAT)
      }
      var isTaken = false
      while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
        if errno == EINTR { continue }
        // ENOLCK, EOPNOTSUPP: the file system knows no locks.
        isTaken = errno == EWOULDBLOCK
        break
      }
      if isTaken {
        defer { try? FileSystem.close(file) }
        throw UserError.usage(
          "'\(url.relativePath)' is in use: \(description(of: file))",
          hint: "wait until it is done, stop it, or name another folder")
      }
      let (mine, there) = (try? FileSystem.status(file), try? FileSystem.status(path))
      if let mine, let there, mine.st_ino == there.st_ino, mine.st_dev == there.st_dev {
        return file
      }
      try? FileSystem.close(file)
    }
  }

  private static func letGo(of file: OpenFile, _ made: [String]) {
    // First the name, then the lock: the next one to come makes a file of its own.
    try? FileSystem.remove(file.path)
    for folder in made {
      do { try FileSystem.removeFolder(folder) } catch { break }
    }
    try? FileSystem.close(file)
  }

  /// This process, as the file says it.
  private static var holder: String {
    JSONValue.object([
      .init("host", .string(HostName.current)), .init("process", .integer(Int(getpid()))),
      .init("since", .string(ISO8601DateFormatter().string(from: Date()))),
    ]).description
  }

  /// Who holds the lock, for people. Who has just taken it is given a moment to write that down.
  private static func description(of file: OpenFile) -> String {
    for _ in 0..<20 {
      var bytes = [UInt8](repeating: 0, count: 1024)
      let count = bytes.withUnsafeMutableBytes { try? FileSystem.read(file, into: $0, at: 0) }
      let value = try? bytes[..<(count ?? 0)].withUnsafeBytes { try JSONValue(parsing: $0) }
      if let value, let host = value["host"]?.string, let process = value["process"]?.integer,
        let since = value["since"]?.string
      {
        return "process \(process) on '\(host)' trains it since \(since)"
      }
      usleep(10_000)
    }
    return "another process has just taken it"
  }
}
