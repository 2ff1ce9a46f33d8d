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

  @Test func listsNameAPathALine() throws {
    let folder = try TemporaryFolder()
    #expect(
      try CorpusFiles.list(folder.file("list", "\u{FEFF}a b\r\n\n  \nc")) == ["a b", "c"])
    expectUserError(saying: "blank' names no file") {
      _ = try CorpusFiles.list(folder.file("blank", "\n \n"))
    }
  }
}
