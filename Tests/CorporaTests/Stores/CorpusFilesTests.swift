import Corpora
import Foundation
import TestSupport
import Testing

/// Which files a name stands for.
@Suite struct CorpusFilesTests {
  @Test func foldersAndPatternsAreInOrder() throws {
    let folder = try TemporaryFolder()
    let inner = folder.url.appendingPathComponent("news/deep")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    for name in ["b.txt", "a.txt", "a10.txt", "a2.txt", "Z.txt", "é.gz", ".hidden", "deep/c.txt"] {
      _ = try folder.file("news/" + name, name)
    }
    func named(_ names: String...) throws -> [String] {
      let start = folder.url.path + "/"
      return try CorpusFiles.named(names.map { start + $0 }).map {
        $0.path.replacingOccurrences(of: start, with: "")
      }
    }
    let all = ["Z", "a", "a10", "a2", "b", "deep/c"].map { "news/\($0).txt" } + ["news/é.gz"]
    #expect(try named("news") == all)
    #expect(
      try named("news/b.txt", "news/a*", "news/b.txt")
        == ["news/b.txt", "news/a.txt", "news/a10.txt", "news/a2.txt", "news/b.txt"])
    #expect(try named("news/[ab].txt") == ["news/a.txt", "news/b.txt"])
    #expect(try named("news/d??p") == ["news/deep/c.txt"])
    expectUserError(saying: "no file matches", "news/x*'", "hint") { _ = try named("news/x*") }
    expectUserError(saying: "news/x' does not exist") { _ = try named("news/x") }
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("none"), withIntermediateDirectories: true)
    expectUserError(saying: "none' holds no file") { _ = try named("none") }
  }

  /// What a folder holds is read, or said to be unreadable.
  @Test func nothingInAFolderIsLeftOutInSilence() throws {
    let folder = try TemporaryFolder()
    func make(_ name: String) throws -> URL {
      let url = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      _ = try folder.file(name + "/a.txt", "text")
      return url
    }
    let linked = try make("linked")
    try #require(symlink("a.txt", linked.path + "/b.txt") == 0)
    #expect(
      try CorpusFiles.named([linked.path]).map(\.lastPathComponent) == ["a.txt", "b.txt"])
    try #require(symlink("gone", linked.path + "/c.txt") == 0)
    expectUserError(saying: "linked/c.txt' leads nowhere: it is a link to 'gone'", "hint") {
      _ = try CorpusFiles.named([linked.path])
    }
    #if os(Linux)
      let named = try make("named")
      let path = (Array((named.path + "/caf").utf8) + [0xE9, 0]).map { CChar(bitPattern: $0) }
      let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
      try #require(descriptor >= 0)
      close(descriptor)
      defer { unlink(path) }
      expectUserError(saying: "named' has a file whose name is not UTF-8: 'caf", "rename it") {
        _ = try CorpusFiles.named([named.path])
      }
    #endif
    // A character of its own has that name.
    _ = try make("\u{FFFD}")
    #expect(try CorpusFiles.named([folder.url.path + "/\u{FFFD}"]).count == 1)
  }

  /// Nothing is refused to root.
  @Test(.enabled(if: getuid() != 0)) func foldersThatCannotBeReadAreNamed() throws {
    let folder = try TemporaryFolder()
    let closed = folder.url.appendingPathComponent("texts/closed")
    try FileManager.default.createDirectory(at: closed, withIntermediateDirectories: true)
    _ = try folder.file("texts/a.txt", "text")
    chmod(closed.path, 0)
    defer { chmod(closed.path, 0o700) }
    expectUserError(saying: "cannot list '", "texts/closed'", "permissions") {
      _ = try CorpusFiles.named([folder.url.path + "/texts"])
    }
  }

  @Test func listsNameAPathALine() throws {
    let folder = try TemporaryFolder()
    #expect(
      try CorpusFiles.list(folder.file("list", "\u{FEFF}a b\r\n\n  \nc")) == ["a b", "c"])
    expectUserError(saying: "blank' names no file") {
      _ = try CorpusFiles.list(folder.file("blank", "\n \n"))
    }
  }
}
