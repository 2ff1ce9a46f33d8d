import Compute
import Foundation

/// Standard input, kept as it comes (packed, if it is packed) until it has been read twice.
package struct KeptInput {
  package let url: URL
  static let name = "input"

  /// Throws a `UserError` if it cannot be read, or does not fit on the disk, and for a folder that holds
  /// something else than a store.
  ///
  /// - Parameter folder: of the store that is made of it.
  package init(beside folder: URL) throws {
    try StoreFiles.refuseForeign(folder)
    url = folder.appendingPathComponent(Self.name)
    let input = StandardInput()
    let kept = try AtomicFileWriter(url, createsFolders: true)
    try Activity.run("reading", input.place, unit: .bytes) { reading in
      try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { block in
        while case let count = try input.fill(block), count > 0 {
          try kept.append(UnsafeRawBufferPointer(rebasing: block[..<count]))
          reading.advance(by: count)
        }
      }
    }
    guard kept.count > 0 else {
      throw UserError("standard input is empty", hint: "pipe a text into it")
    }
    try kept.commit()
  }

  /// What `body` makes of it; a mistake in it is one of standard input.
  package func reading<Result>(_ body: (URL) throws -> Result) throws -> Result {
    do {
      return try body(url)
    } catch let error as UserError {
      throw UserError(
        error.message.replacing("'\(url.path)'", with: "standard input"), hint: error.hint,
        kind: error.kind)
    }
  }

  package func remove() { try? FileSystem.remove(url.path) }
}
