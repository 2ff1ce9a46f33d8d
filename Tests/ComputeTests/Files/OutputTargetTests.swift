import Compute
import Foundation
import TestSupport
import Testing

/// What is no regular file is written through, or refused, but never replaced.
@Suite struct OutputTargetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func kind(_ name: String) throws -> mode_t? {
    try FileSystem.status(folder.file(name).path).map { $0.st_mode & S_IFMT }
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    try FileManager.default.createDirectory(
      at: folder.file("there"), withIntermediateDirectories: false)
    try folder.write("old", to: "there/a.txt")
    symlink("there/a.txt", folder.file("b").path)
    symlink("b", folder.file("c").path)
    try AtomicFile.write("new", to: folder.file("c"))
    #expect(try kind("b") == S_IFLNK && kind("c") == S_IFLNK)
    #expect(try String(contentsOf: folder.file("there/a.txt"), encoding: .utf8) == "new")
    #expect(try folder.names(in: "there") == ["a.txt"])
  }

  @Test func aLinkToNothingMakesWhatItNames() throws {
    symlink("later.txt", folder.file("b").path)
    try AtomicFile.write("new", to: folder.file("b"))
    #expect(try kind("b") == S_IFLNK)
    #expect(try String(contentsOf: folder.file("later.txt"), encoding: .utf8) == "new")
  }

  @Test func linksInACircleAreRefused() throws {
    symlink("d", folder.file("c").path)
    symlink("c", folder.file("d").path)
    #expect(throws: UserError.self) { try AtomicFile.write("new", to: folder.file("c")) }
    #expect(try folder.names == ["c", "d"])
  }

  @Test func aFIFOGetsTheContent() throws {
    let url = folder.file("fifo")
    try #require(mkfifo(url.path, 0o600) == 0)
    let reader = open(url.path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try AtomicFile.write(to: url) { file in
      try file.append("0000 words")
      try Array("1234".utf8).withUnsafeBytes { try file.overwrite($0, at: 0) }
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(reader, &bytes, bytes.count)
    #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == "1234 words")
    #expect(try kind("fifo") == S_IFIFO)
    #expect(try folder.names == ["fifo"])
  }

  @Test(.enabled(if: getuid() == 0)) func aDeviceStaysOne() throws {
    // The null device, under a name of our own.
    guard mknod(folder.file("null").path, S_IFCHR | 0o600, 1 << 8 | 3) == 0 else { return }
    try AtomicFile.write("new", to: folder.file("null"))
    #expect(try kind("null") == S_IFCHR)
    #expect(try folder.names == ["null"])
  }

  #if os(Linux)
    @Test func anOpenDescriptorIsWrittenTo() throws {
      let pipe = Pipe()
      let path = "/proc/self/fd/\(pipe.fileHandleForWriting.fileDescriptor)"
      try AtomicFile.write("new", to: URL(fileURLWithPath: path))
      try pipe.fileHandleForWriting.close()
      #expect(try pipe.fileHandleForReading.readToEnd() == Data("new".utf8))
    }
  #endif

  @Test func aFIFOIsNotReadAsAFile() throws {
    let url = folder.file("fifo")
    try #require(mkfifo(url.path, 0o600) == 0)
    let error = #expect(throws: UserError.self) { try RegularFile.contents(of: url) }
    #expect(error?.message.contains("not a regular file") == true)
    #expect(throws: UserError.self) { try RegularFile.contents(of: folder.url) }
  }

  @Test func aFileIsReadWholeThroughInterruptionsAndShortReads() throws {
    let text = String(repeating: "words ", count: 1000)
    let url = try folder.write(text, to: "a.txt")
    for fault in [FileFault.error(EINTR), .short] {
      let everyRead: @Sendable (FileCall) -> FileFault? = { call in
        // A short read every time, an interruption every second time.
        call.kind == .read && (fault == .short || Bool.random()) ? fault : nil
      }
      try FileSystem.withFaults(everyRead) {
        let found = try RegularFile.text(of: url)
        #expect(found == text)
      }
    }
    #expect(throws: UserError.self) { try RegularFile.contents(of: url, longest: 10) }
  }
}
