import Compute
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  struct Interruption: Error {}

  @Test func replacesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.txt")
    try AtomicFile.write("first, and longer", to: url)
    try AtomicFile.write("second", to: url)
    #expect(try String(contentsOf: url, encoding: .utf8) == "second")
    #expect(try folder.names == ["a.txt"])
  }

  @Test func anErrorHalfWayLeavesTheOldFileAlone() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.txt")
    try AtomicFile.write("old", to: url)
    #expect(throws: Interruption.self) {
      try AtomicFile.write(to: url) { file in
        try file.append("half of the new")
        throw Interruption()
      }
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == "old")
    #expect(try folder.names == ["a.txt"])
  }

  @Test func theNewFileIsNotThereBeforeItIsWhole() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.txt")
    try AtomicFile.write(to: url) { file in
      try file.append("text")
      #expect(!FileManager.default.fileExists(atPath: url.path))
    }
    #expect(FileManager.default.fileExists(atPath: url.path))
  }

  @Test func overwritesInPlace() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.txt")
    try AtomicFile.write(to: url) { file in
      try file.append("0000 words")
      try Array("1234".utf8).withUnsafeBytes { try file.overwrite($0, at: 0) }
      try file.append(" more")
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == "1234 words more")
  }

  @Test func namesTheFileAndTheReason() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("missing/a.txt")
    let error = #expect(throws: UserError.self) { try AtomicFile.write("text", to: url) }
    #expect(error?.message == "cannot write '\(url.path)': No such file or directory")
    #expect(error?.hint?.contains("folder") == true)
  }

  @Test func anOccupiedNameIsRefusedAndNothingIsLeftBehind() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("taken")
    try FileManager.default.createDirectory(
      at: url.appendingPathComponent("inside"), withIntermediateDirectories: true)
    #expect(throws: UserError.self) { try AtomicFile.write("text", to: url) }
    #expect(try folder.names == ["taken"])
  }
}
