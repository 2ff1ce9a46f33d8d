import Compute
import Corpora
import Foundation
import Interchange

/// What a run was trained on: length and digest of all that its settings name. A run whose data have
/// changed is not resumed, and one whose data have only moved is.
package struct DataManifest: Equatable, Sendable {
  static let format = FileFormat(1)

  package struct Entry: Equatable, Sendable {
    /// As `config.toml` names it: `data.train`.
    package let key: String
    package let path: String
    package let bytes: Int
    /// xxHash64; of a folder that of its files' names and contents.
    package let digest: String

    /// Whether the contents are the same, wherever they lie.
    func hasContents(of other: Entry) -> Bool {
      (key, bytes, digest) == (other.key, other.bytes, other.digest)
    }
  }

  package let entries: [Entry]

  /// Of the entries, each once, in their order.
  var keys: [String] {
    entries.reduce(into: []) { keys, entry in
      if !keys.contains(entry.key) { keys.append(entry.key) }
    }
  }

  /// Measures what is at `paths`. Cost: reads every byte, at the speed of memory or the disk.
  package init(_ paths: [(key: String, path: String)]) throws {
    entries = try paths.filter { !$0.path.isEmpty }.map { key, path in
      let (bytes, digest) = try Self.measure(URL(fileURLWithPath: path))
      return Entry(key: key, path: path, bytes: bytes, digest: digest.hexadecimal)
    }
  }

  /// Throws a `UserError` that names the first entry whose contents are not those of `earlier`, the
  /// manifest that the run in `folder` began with, that only one of the two has, or that has another place.
  package func check(against earlier: DataManifest, of folder: RunFolder) throws {
    for entry in entries where !earlier.entries.contains(where: entry.hasContents) {
      let then = earlier.entries.first { $0.key == entry.key && $0.path == entry.path }
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: "
          + "\(entry.key), '\(entry.path)', has other contents now"
          + (then.map { ": \(entry.measure), and \($0.measure) then" } ?? ""),
        hint: "restore the data, or begin a new run")
    }
    for entry in earlier.entries where !entries.contains(where: { $0.key == entry.key }) {
      throw UserError(
        "'\(folder.url.relativePath)' began with \(entry.key) = '\(entry.path)', but "
          + "'\(folder.configuration.lastPathComponent)' names none now",
        hint: "restore the configuration, or begin a new run")
    }
    for key in keys {
      let (now, then) = (entries.filter { $0.key == key }, earlier.entries.filter { $0.key == key })
      guard now.count == then.count, zip(now, then).allSatisfy({ $0.hasContents(of: $1) }) else {
        throw UserError(
          "'\(folder.url.relativePath)' began with \(then.count) files of \(key), "
            + "'\(then.map(\.path).joined(separator: "', '"))', in this order; now there are "
            + "'\(now.map(\.path).joined(separator: "', '"))'",
          hint: "restore the configuration, or begin a new run")
      }
    }
  }

  // MARK: File

  package init(contentsOf url: URL) throws {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: RegularFile.text(of: url))
    } catch let error as JSONError {
      throw UserError(
        "'\(url.relativePath)' cannot be read as what the run was trained on: \(error)",
        hint: "restore the file from a copy of the run")
    }
    try Self.format.check(value["format"]?.integer, of: url)
    entries = (value["data"]?.array ?? []).compactMap { entry in
      guard let key = entry["key"]?.string, let path = entry["path"]?.string,
        let bytes = entry["bytes"]?.integer, let digest = entry["xxh64"]?.string
      else { return nil }
      return Entry(key: key, path: path, bytes: bytes, digest: digest)
    }
  }

  package func write(to url: URL) throws {
    let list = entries.map { entry in
      JSONValue.object([
        .init("key", .string(entry.key)), .init("path", .string(entry.path)),
        .init("bytes", .integer(entry.bytes)), .init("xxh64", .string(entry.digest)),
      ])
    }
    let value = JSONValue.object([
      .init("format", .integer(Self.format.current)), .init("data", .array(list)),
    ])
    try AtomicFile.write(value.indented + "\n", to: url)
  }

  // MARK: Measuring

  private static func measure(_ url: URL) throws -> (bytes: Int, digest: UInt64) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw UserError.cannot("read", url, code: ENOENT)
    }
    var digest = ContentDigest()
    guard isFolder.boolValue else {
      return (try add(url, to: &digest), digest.value)
    }
    // Of a run only the weights matter: that of partners may be looked at meanwhile.
    let model = url.appendingPathComponent(RunFolder.modelName)
    if FileManager.default.fileExists(atPath: model.path) {
      return (try add(model, to: &digest), digest.value)
    }
    // A token store's manifest holds the digests of all its files.
    let store = url.appendingPathComponent(StoreManifest.name)
    if FileManager.default.fileExists(atPath: store.path) {
      return (try add(store, to: &digest), digest.value)
    }
    var bytes = 0
    for name in (FileManager.default.subpaths(atPath: url.path) ?? []).sorted() {
      let file = url.appendingPathComponent(name)
      var isInnerFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isInnerFolder)
      guard !isInnerFolder.boolValue else { continue }
      digest.update(name)
      bytes += try add(file, to: &digest)
    }
    return (bytes, digest.value)
  }

  private static func add(_ url: URL, to digest: inout ContentDigest) throws -> Int {
    let file = try RegularFile(url)
    let checking = Activity("checking", "'\(url.path)'", total: file.count, unit: .bytes)
    defer { checking.end() }
    try file.forEachBlock(in: 0..<file.count) {
      digest.update($0)
      checking.advance(by: $0.count)
    }
    return file.count
  }
}
