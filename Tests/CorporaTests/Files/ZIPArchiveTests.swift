import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// Archives that Python's zipfile wrote.
@Suite struct ZIPArchiveTests {
  /// `a.txt` stored, `b/c.txt` deflated, 300 letters.
  static let bytes = Array(
    Data(
      base64Encoded: """
        UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAAFAAAAYS50eHRoZWxsb1BLAwQUAAAACAAAACEAhLjE0AkAAAAsAQAABwAAAGIv
        Yy50eHRLTEpOHEXEIQBQSwECFAMUAAAAAAAAACEAhqYQNgUAAAAFAAAABQAAAAAAAAAAAAAAgAEAAAAAYS50eHRQSwECFAMU
        AAAACAAAACEAhLjE0AkAAAAsAQAABwAAAAAAAAAAAAAAgAEoAAAAYi9jLnR4dFBLBQYAAAAAAgACAGgAAABWAAAAAAA=
        """, options: .ignoreUnknownCharacters) ?? Data())

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func membersAreStoredOrDeflated() throws {
    let archive = try ZIPArchive(folder.file("a.zip", Self.bytes))
    #expect(archive.names == ["a.txt", "b/c.txt"])
    #expect(try archive.content(of: "a.txt") == Array("hello".utf8))
    #expect(
      try archive.content(of: "b/c.txt") == Array(String(repeating: "abc", count: 100).utf8))
    #expect(try archive.content(of: "c") == nil)
  }

  /// A stored member is what Python's zipfile makes of it, byte for byte, and the directory is found again.
  @Test func writtenMembersAreReadAgain() throws {
    let url = folder.url.appendingPathComponent("written.zip")
    let other = (0..<700).map { UInt8(truncatingIfNeeded: $0 * $0) }
    try ZIPArchive.write([("a.txt", Array("hello".utf8)), ("d/ö.npy", other)], to: url)
    #expect(try Array(Data(contentsOf: url)).prefix(40) == Self.bytes.prefix(40))
    let archive = try ZIPArchive(url)
    #expect(archive.names == ["a.txt", "d/ö.npy"])
    #expect(try archive.content(of: "a.txt") == Array("hello".utf8))
    #expect(try archive.content(of: "d/ö.npy") == other)
  }

  /// `bytes` as gzip packs them once more.
  @Test func anArchiveMayBePacked() throws {
    let packed = try #require(
      Data(
        base64Encoded: """
          H4sIAAAAAAACAwvwZmYRYYAARYa2ZQJmrEAWDCfqlVSUZKTm5OQHQNVxgNW17DhygRPI0mFkYGAH0kn6ySCV3j5efjKuRxQZ
          ArwZmUSYcZsLAw2MDDBbEFqwW4HQooGwMMCblQ0kyASEGUA6DKwEAIZIwGvUAAAA
          """, options: .ignoreUnknownCharacters))
    let archive = try ZIPArchive(folder.file("a.npz.gz", Array(packed)))
    #expect(archive.names == ["a.txt", "b/c.txt"])
    #expect(try archive.content(of: "a.txt") == Array("hello".utf8))
  }

  /// Whatever is cut off or changed is an error or the same content, never a crash.
  @Test func damagedArchivesAreRefused() throws {
    for count in 0..<Self.bytes.count {
      expectUserError(saying: "cut.zip'") {
        _ = try ZIPArchive(folder.file("cut.zip", Array(Self.bytes[..<count])))
      }
    }
    for place in Self.bytes.indices {
      var changed = Self.bytes
      changed[place] ^= 0xFF
      guard let archive = try? ZIPArchive(folder.file("changed.zip", changed)) else { continue }
      for (name, right) in [("a.txt", "hello"), ("b/c.txt", String(repeating: "abc", count: 100))] {
        guard let content = try? archive.content(of: name) else { continue }
        #expect(content == Array(right.utf8), "byte \(place)")
      }
    }
  }
}
