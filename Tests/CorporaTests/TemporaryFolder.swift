import Foundation

/// A fresh folder that disappears with the object.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("corpora-tests-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Where the cache goes.
  var cache: URL { url.appendingPathComponent("cache") }

  /// Writes `bytes` to the file `name`.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }

  /// Writes `text` to the file `name`.
  func file(_ name: String, _ text: String) throws -> URL { try file(name, text.utf8) }
}
