import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct LineReaderTests {
  private func lines(_ reader: LineReader) throws -> [String] {
    var lines: [String] = []
    while let line = try reader.nextText() { lines.append(line) }
    return lines
  }

  @Test func linesEndInAnyOfTheUsualWays() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a", "\u{FEFF}one\r\n\n\u{FEFF}two\r\r\nthree\u{FFFD}\u{2028}x")
    let reader = try LineReader(file)
    #expect(try lines(reader) == ["one", "", "\u{FEFF}two\r", "three\u{FFFD}\u{2028}x"])
    #expect(reader.number == 4)
    #expect(try lines(LineReader(folder.file("mark", "\u{FEFF}"))) == [""])
    #expect(try lines(LineReader(folder.file("one", "\u{FEFF}\n"))) == [""])
  }

  @Test(
    arguments: [
      ([0xFF], 1), ([0x61, 0xC3], 2), ([0x61, 0xED, 0xA0, 0x80], 2), ([0xC0, 0x80], 1),
      ([0xEF, 0xBB, 0xBF, 0xFE], 1), ([0xF4, 0x90, 0x80, 0x80], 1),
    ] as [([UInt8], Int)])
  func whatIsNotUTF8NamesItsPlace(bytes: [UInt8], column: Int) throws {
    let folder = try TemporaryFolder()
    let byte = String(
      bytes[bytes.starts(with: [0xEF]) ? 3 : column - 1], radix: 16, uppercase: true)
    for before in ["", "é\n"] where before.isEmpty || bytes[0] != 0xEF {
      let file = try folder.file("bad", Array(before.utf8) + bytes + Array("\nx\n".utf8))
      expectUserError(
        saying:
          "bad' line \(before.isEmpty ? 1 : 2), column \(column): the byte 0x\(byte) is not UTF-8"
      ) { _ = try lines(LineReader(file)) }
    }
  }

  /// One test, as there is one standard input.
  @Test(
    arguments: [
      ("UTF-16", [0xFF, 0xFE, 0x61, 0, 0x0A, 0]), ("UTF-16", [0xFE, 0xFF, 0, 0x61, 0, 0x0A]),
      ("UTF-32", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0, 0x0A, 0, 0, 0]),
      ("UTF-32", [0, 0, 0xFE, 0xFF, 0, 0, 0, 0x61, 0, 0, 0, 0x0A]),
    ] as [(String, [UInt8])])
  func textOfSeveralBytesALetterIsNamed(form: String, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let reader = try LineReader(folder.file("wide.txt", bytes))
    expectUserError(saying: "wide.txt' line 1: the text is in \(form)", "iconv -f \(form)") {
      _ = try reader.next()
    }
  }

  @Test func arraysAndWhatIsPackedTwiceAreNamed() throws {
    let folder = try TemporaryFolder()
    let array = try folder.file("x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 0x0A])
    expectUserError(saying: "x.npy' is one array of numpy", "numpy.savez") {
      _ = try LineReader(array)
    }
    let text = try folder.file("a", Array("text\n".utf8))
    for _ in 0..<2 {
      let gzip = Process()
      gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      gzip.arguments = ["gzip", "-nfS", ".gz", text.path]
      try gzip.run()
      gzip.waitUntilExit()
      try FileManager.default.moveItem(atPath: text.path + ".gz", toPath: text.path)
    }
    expectUserError(saying: "packed with gzip twice", "gzip -d") { _ = try LineReader(text) }
  }

  @Test func textsOfCarriageReturnsAloneAreRefused() throws {
    let folder = try TemporaryFolder()
    for text in ["pos\tgood\rneg\tbad\r", "\u{FEFF}a\rb\rc"] {
      let reader = try LineReader(folder.file("mac.txt", text))
      expectUserError(
        saying: "mac.txt' ends its lines with carriage returns alone", "tr '\\r' '\\n'"
      ) { _ = try reader.next() }
    }
    // One may be anything, and so may more in a line among others.
    for (text, expected) in [("a\rb", ["a\rb"]), ("a\rb\rc\nd", ["a\rb\rc", "d"])] {
      #expect(try lines(LineReader(folder.file("text", text))) == expected)
    }
  }

  @Test func tarArchivesAreNamed() throws {
    let folder = try TemporaryFolder()
    let archive =
      Array("a.txt".utf8) + [UInt8](repeating: 0, count: 252) + Array("ustar\u{0}00".utf8)
      + [UInt8](repeating: 0, count: 248) + Array("text\n".utf8)
    let file = try folder.file("texts.tar", archive)
    expectUserError(saying: "texts.tar' is a tar archive, expected a text", "tar -xf") {
      _ = try LineReader(file)
    }
    for kind in TokenKind.allCases {
      for division in [WordDivision.blank, .punctuation] where kind == .word || division == .blank {
        var recipe = TokenStoreBuilder.Recipe(kind)
        recipe.division = division
        expectUserError(saying: "texts.tar' is a tar archive") {
          _ = try CorpusTokenizer.tokenize(
            files: [file], recipe, cacheFolder: folder.cache, threads: 1)
        }
      }
    }
  }

  @Test func standardInputIsReadAsItComes() throws {
    let saved = dup(STDIN_FILENO)
    defer {
      dup2(saved, STDIN_FILENO)
      close(saved)
    }
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    dup2(ends[0], STDIN_FILENO)
    close(ends[0])
    func send(_ bytes: [UInt8]) { #expect(write(ends[1], bytes, bytes.count) == bytes.count) }

    let reader = LineReader.standardInput()
    send([0xEF, 0xBB, 0xBF] + Array("first\r\nsec".utf8))
    #expect(try reader.nextText() == "first")
    send(Array("ond\n\n".utf8))
    #expect(try reader.nextText() == "second")
    #expect(try reader.nextText() == "")
    send([0x61, 0xE9, 0x0A, 0xEF, 0xBF, 0xBD])
    expectUserError(saying: "standard input line 4, column 2: the byte 0xE9 is not UTF-8") {
      _ = try reader.nextText()
    }
    close(ends[1])
    #expect(try reader.nextText() == "\u{FFFD}")
    #expect(try reader.nextText() == nil)
    #expect(try reader.nextText() == nil)
  }
  /// A terminal or a socket may be set not to wait, and lines may come in pieces.
  @Test func aDescriptorThatDoesNotWaitIsWaitedFor() async {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      dup2(ends[0], STDIN_FILENO)
      _ = fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK)
      let long = String(repeating: "é", count: 50_000)
      let writer = ends[1]
      Thread.detachNewThread {
        for piece in ["one\r\n", "\n", "tw", "o\n", long, "\nlast"] {
          usleep(2000)
          try? StandardStreams.write(piece, to: writer)
        }
        close(writer)
      }
      let reader = LineReader.standardInput()
      for line in ["one", "", "two", long, "last"] {
        precondition((try? reader.nextText()) == line)
      }
      precondition((try? reader.nextText()) == .some(nil))
    }
  }

  /// Whoever waits for an answer before the next line is known by that.
  @Test func aLineThatIsThereIsKnownWithoutWaiting() async {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      dup2(ends[0], STDIN_FILENO)
      let reader = LineReader.standardInput()
      precondition(!reader.hasLine)
      try? StandardStreams.write("one\ntw", to: ends[1])
      precondition(reader.hasLine && reader.hasLine)
      precondition((try? reader.nextText()) == "one")
      // Half a line is none.
      precondition(!reader.hasLine)
      try? StandardStreams.write("o\n\n", to: ends[1])
      precondition(reader.hasLine && (try? reader.nextText()) == "two")
      precondition(reader.hasLine && (try? reader.nextText()) == "")
      precondition(!reader.hasLine)
      // The end is there too.
      close(ends[1])
      precondition(reader.hasLine && (try? reader.nextText()) == .some(nil))
    }
  }
}
