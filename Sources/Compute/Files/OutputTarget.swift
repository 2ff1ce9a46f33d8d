import Foundation

/// Where an output goes: only a regular file may be replaced by another one.
enum OutputTarget: Equatable {
  /// A regular file, or nothing yet; links are resolved.
  case file(String)
  /// A device, a FIFO or an open descriptor, to be written to as it is.
  case stream(String)

  /// What `path` stands for. Throws a `SystemError` for a folder and for links in a circle.
  init(_ path: String) throws {
    var path = path
    for _ in 0..<Self.longestChain {
      let name = (path as NSString).lastPathComponent
      let above = (path as NSString).deletingLastPathComponent
      guard let folder = Self.resolve(above.isEmpty ? "." : above) else {
        throw SystemError(code: errno)
      }
      // `/dev/stdout` and its kin: the links there have no other name.
      if folder == "/proc" || folder.hasPrefix("/proc/") {
        self = .stream(path)
        return
      }
      let place = folder == "/" ? "/" + name : "\(folder)/\(name)"
      guard let status = try FileSystem.status(place) else {
        self = .file(place)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        self = .file(place)
        return
      case S_IFDIR: throw SystemError(code: EISDIR)
      case S_IFLNK:
        let link = try FileSystem.link(place)
        path = link.hasPrefix("/") ? link : "\(folder)/\(link)"
      default:
        self = .stream(place)
        return
      }
    }
    throw SystemError(code: ELOOP)
  }

  /// Links that may lead to each other; the kernel's own limit.
  private static let longestChain = 40

  private static func resolve(_ folder: String) -> String? {
    guard let resolved = realpath(folder, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
