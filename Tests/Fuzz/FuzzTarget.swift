import Foundation

/// A parser, and how bytes come to it.
struct FuzzTarget: Sendable {
  typealias Body = @Sendable (UnsafeRawBufferPointer) throws -> Void

  let name: String
  /// Makes what the parser reads from.
  let prepare: @Sendable () -> Body

  /// A parser of bytes.
  init(bytes name: String, _ body: @escaping Body) {
    self.name = name
    prepare = { body }
  }

  /// A parser of text: bytes that are no UTF-8 come as U+FFFD.
  init(text name: String, _ body: @escaping @Sendable (String) throws -> Void) {
    self.init(bytes: name) { try body(String(decoding: $0, as: UTF8.self)) }
  }

  /// A parser of a file.
  init(
    file name: String, extension ending: String = "txt",
    _ body: @escaping @Sendable (URL) throws -> Void
  ) {
    self.name = name
    prepare = {
      let file = ScratchFile(name, ending)
      return {
        file.write($0)
        try body(file.url)
      }
    }
  }

  /// A parser of two files that belong together: the first ends before the first 0xFF.
  init(
    files name: String, _ body: @escaping @Sendable (URL, URL) throws -> Void
  ) {
    self.name = name
    prepare = {
      let first = ScratchFile("\(name)-1", "txt")
      let second = ScratchFile("\(name)-2", "txt")
      return { bytes in
        let end = bytes.firstIndex(of: 0xFF) ?? bytes.count
        first.write(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        second.write(UnsafeRawBufferPointer(rebasing: bytes[min(end + 1, bytes.count)...]))
        try body(first.url, second.url)
      }
    }
  }
}

/// A file in memory that is written anew for every input.
private final class ScratchFile: Sendable {
  let url: URL
  private let descriptor: Int32

  init(_ name: String, _ ending: String) {
    let shared = "/dev/shm"
    let folder =
      access(shared, W_OK) == 0
      ? URL(fileURLWithPath: shared) : FileManager.default.temporaryDirectory
    url = folder.appendingPathComponent("unroll-fuzz-\(getpid())-\(name).\(ending)")
    descriptor = open(url.path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    precondition(descriptor >= 0, "cannot write \(url.path)")
  }

  func write(_ bytes: UnsafeRawBufferPointer) {
    precondition(ftruncate(descriptor, 0) == 0)
    let written = bytes.isEmpty ? 0 : pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
    precondition(written == bytes.count)
  }
}
