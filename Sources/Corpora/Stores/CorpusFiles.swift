import Compute
import Foundation

/// The files of a corpus, in their order, as they were when it was named.
package struct CorpusFiles: Sendable, Equatable {
  package struct File: Sendable, Equatable {
    package let url: URL
    package let length: Int
    let modificationTime: Int64

    init(_ url: URL) throws {
      let file = try InputFile(url)
      (self.url, length, modificationTime) = (url, file.length, file.modificationTime)
    }

    /// Throws a `UserError` if the file is not what it was.
    func checkUnchanged() throws {
      guard try File(url) == self else {
        throw UserError(
          "'\(url.path)' has changed while it was read",
          hint: "let nobody write to it meanwhile, and begin again")
      }
    }
  }

  package let files: [File]
  /// Of all files as they lie on the disk.
  package var byteCount: Int { files.reduce(0) { $0 + $1.length } }

  /// Throws a `UserError` if a file is missing or cannot be read, or if all are empty. Empty ones among
  /// others are passed over.
  package init(_ urls: [URL]) throws {
    guard let first = urls.first else {
      throw UserError.usage("no text files were named", hint: "name at least one")
    }
    files = try urls.map(File.init).filter { $0.length > 0 }
    guard !files.isEmpty else {
      throw UserError("'\(first.path)' is empty", hint: "name a file that holds text")
    }
  }

  /// Tells lists of files apart, by names, lengths and times.
  func sign(_ digest: inout ContentDigest) {
    digest.update(UInt64(files.count))
    for file in files {
      digest.update(file.url.standardizedFileURL.path)
      digest.update(UInt64(file.length))
      digest.update(UInt64(bitPattern: file.modificationTime))
    }
  }

  // MARK: Names

  /// The files that `names` stand for, each in its place: a file for itself, a folder for all files in and
  /// below it but hidden ones, a pattern with `*`, `?` and `[…]` for what it matches; those of a folder
  /// or a pattern by their paths' bytes.
  ///
  /// Throws a usage `UserError` for a name that stands for nothing, and a `UserError` for what a folder has that
  /// cannot be read: a folder in it, a link that leads nowhere, a name that is not UTF-8. Links to folders, pipes
  /// and devices are passed over.
  package static func named(_ names: [String]) throws -> [URL] {
    try names.flatMap { name in
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) {
        return isFolder.boolValue ? try inside(name) : [URL(fileURLWithPath: name)]
      }
      guard name.contains(where: { "*?[".contains($0) }) else {
        throw UserError("'\(name)' does not exist", hint: "check the path")
      }
      let found = matches(of: name)
      guard !found.isEmpty else {
        throw UserError.usage(
          "no file matches '\(name)'", hint: "check the pattern; 'ls' shows what there is")
      }
      return try named(found)
    }
  }

  /// The names in a file, a line each; blank lines are passed over. Paths are those of the working folder.
  package static func list(_ url: URL) throws -> [String] {
    var text = try RegularFile.text(of: url)
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let names = text.split(whereSeparator: \.isNewline).map(String.init)
      .filter { !$0.allSatisfy(\.isWhitespace) }
    guard !names.isEmpty else {
      throw UserError.usage("'\(url.relativePath)' names no file", hint: "a path on each line")
    }
    return names
  }

  private static func inside(_ folder: String) throws -> [URL] {
    let files = try sorted(paths(in: folder)).map {
      URL(fileURLWithPath: folder).appendingPathComponent($0)
    }
    guard !files.isEmpty else {
      throw UserError.usage("the folder '\(folder)' holds no file", hint: "name another one")
    }
    return files
  }

  /// The paths, from `folder` on, of the files in and below it.
  private static func paths(in folder: String) throws -> [String] {
    let names = try UserError.naming("list", URL(fileURLWithPath: folder)) {
      try FileSystem.names(in: folder)
    }
    return try names.filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
      let path = (folder as NSString).appendingPathComponent(name)
      let status = try UserError.naming("read", URL(fileURLWithPath: path)) {
        try FileSystem.status(path)
      }
      // Bytes that are no UTF-8 have become this character, of which no file has its name then.
      guard status != nil || !name.unicodeScalars.contains("\u{FFFD}") else {
        throw UserError(
          "'\(folder)' has a file whose name is not UTF-8: '\(name)'", hint: "rename it")
      }
      switch status.map({ $0.st_mode & S_IFMT }) {
      case S_IFREG: return [name]
      case S_IFDIR: return try paths(in: path).map { name + "/" + $0 }
      case S_IFLNK:
        guard FileManager.default.fileExists(atPath: path) else {
          throw UserError(
            "'\(path)' leads nowhere: it is a link to '\((try? FileSystem.link(path)) ?? "")'",
            hint: "mend the link, or remove it")
        }
        return FileSystem.isRegularFile(path) ? [name] : []
      default: return []
      }
    }
  }

  private static func matches(of pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_NOSORT, nil, &found) == 0, let paths = found.gl_pathv else {
      return []
    }
    return sorted((0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } })
  }

  private static func sorted(_ paths: [String]) -> [String] {
    paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension CorpusFiles {
  /// That texts read byte by byte begin with marks, which are left out, in a sentence; nil where none does.
  ///
  /// Whoever asks for bytes may count on all of them.
  ///
  /// - Parameter isInput: whether they were kept of standard input.
  package func markedBytesSentence(_ kind: TokenKind, isInput: Bool = false) throws -> String? {
    guard kind == .byte else { return nil }
    let marked = try files.filter {
      try ByteOrderMark.begin(of: UnpackedFile.open($0.url)) == ByteOrderMark.bytes
    }
    guard let first = marked.first else { return nil }
    let others = marked.count > 1 ? " and of \(marked.count - 1) more" : ""
    let place = isInput ? "standard input" : "'\(first.url.relativePath)'"
    return "the byte order mark at the start of \(place)\(others) is no text: it is left out"
  }
}

extension FileSystem {
  /// Follows links.
  static func isRegularFile(_ path: String) -> Bool {
    var found = stat()
    return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
  }
}
