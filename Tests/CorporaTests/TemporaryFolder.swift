import Compute
import Foundation
import Testing

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

/// Expects `body` to throw a `UserError` whose whole text holds every one of `parts`.
func expectUserError(
  saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  from body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as UserError {
    for part in parts {
      #expect(error.description.contains(part), sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("not a UserError: \(error)", sourceLocation: sourceLocation)
  }
}
