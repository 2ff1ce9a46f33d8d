import Compute
import Corpora
import Foundation
import Testing

/// A token file that others change while it is open.
@Suite struct TokenFileTests {
  private func tokens(_ folder: TemporaryFolder) throws -> TokenFile {
    let text = folder.url.appendingPathComponent("a.txt")
    try Data(String(repeating: "to be or not to be\n", count: 20_000).utf8).write(to: text)
    let store = try CorpusTokenizer.tokenize(
      files: [text], .init(.word), cacheFolder: folder.cache, threads: 1
    ).tokens
    return try TokenFile.open(store.url.appendingPathComponent("00000.tokens"))
  }

  /// Asked before each update, so that nobody touches memory that the file no longer has.
  @Test func aFileThatBecomesShorterIsAnError() throws {
    let folder = try TemporaryFolder()
    let tokens = try tokens(folder)
    try tokens.checkLength()
    #expect(truncate(tokens.url.path, 4096) == 0)
    let error = #expect(throws: UserError.self) { try tokens.checkLength() }
    #expect(error?.message.contains("'\(tokens.url.path)' became shorter") == true)
    #expect(tokens[0] == tokens[7])
  }

  /// As it is where the file lies on another machine's disk.
  @Test func aFileThatWasReadMayBecomeShorter() throws {
    let folder = try TemporaryFolder()
    let mapped = try tokens(folder)
    let read = try TokenFile.open(mapped.url, isMapped: false)
    let last = read.count - 1
    let expected = mapped[last]
    #expect((0..<read.count).allSatisfy { read[$0] == mapped[$0] })
    #expect(truncate(read.url.path, 64) == 0)
    try read.checkLength()
    #expect(read[last] == expected)
  }

  /// Half a text is not learnt as if it were the whole.
  @Test func aTextThatBecomesShorterIsAnError() throws {
    let folder = try TemporaryFolder()
    FileSystem.withFaults({ call in
      call.kind == .read && call.path.hasSuffix("a.txt") && (call.offset ?? 0) > 0
        ? .nothing : nil
    }) {
      let error = #expect(throws: UserError.self) { try tokens(folder) }
      #expect(error?.message.contains("became shorter") == true)
    }
  }
}
