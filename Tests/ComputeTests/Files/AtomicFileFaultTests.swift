import Compute
import Foundation
import Synchronization
import TestSupport
import Testing

/// Whatever call fails, the old file or the new one is there, whole, and somebody is told.
@Suite struct AtomicFileFaultTests {
  static let faults: [FileFault] = [
    .error(EIO), .error(ENOSPC), .error(EINTR), .error(EACCES), .short, .nothing, .done(EIO),
    .done(EINTR),
  ]

  @Test(arguments: faults)
  func everyCallMayFail(fault: FileFault) throws {
    var number = 1
    while true {
      let folder = try TemporaryFolder()
      let url = folder.file("a.txt")
      try AtomicFile.write("old", to: url)
      let (wasMet, error) = FailingCall.run(number, fault) {
        try AtomicFile.write("new and longer", to: url)
      }
      let text = try String(contentsOf: url, encoding: .utf8)
      if let error = error as? UserError {
        #expect(error.message.contains("'\(url.path)'"), "\(error)")
        // Only the last synchronization comes after the new file is there, and says so.
        #expect(text == (error.message.contains("was written") ? "new and longer" : "old"))
      } else {
        #expect(error == nil && text == "new and longer", "call \(number): \(text)")
      }
      if fault == .error(EINTR) || fault == .short { #expect(error == nil) }
      #expect(try folder.names.filter { !$0.hasSuffix(".partial") } == ["a.txt"])
      guard wasMet else { break }
      number += 1
    }
    #expect(number > 5, "no call went through the seam")
  }

  @Test func aDiskThatIsFullFromSomeCallOnLeavesTheOldFile() throws {
    for first in 1..<12 {
      let folder = try TemporaryFolder()
      let url = folder.file("a.txt")
      try AtomicFile.write("old", to: url)
      let isWrite: @Sendable (FileCall) -> FileFault? = { call in
        call.kind == .write && (call.offset ?? 0) >= first ? .error(ENOSPC) : nil
      }
      _ = FileSystem.withFaults(isWrite) {
        #expect(throws: UserError.self) {
          try AtomicFile.write(to: url) { file in for _ in 0..<12 { try file.append("x") } }
        }
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == "old")
      #expect(try folder.names == ["a.txt"])
    }
  }

  /// Done, not done, or not certain: whoever saves is told which.
  @Test func aSaveHasThreeOutcomes() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("a.txt")
    func save(_ text: String, _ fault: @escaping @Sendable (FileCall) -> FileFault?) -> UserError? {
      do {
        try FileSystem.withFaults(fault) { try AtomicFile.write(text, to: url) }
        return nil
      } catch { return error as? UserError }
    }
    func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
    #expect(save("1", { _ in nil }) == nil)
    let refused = save("2") { $0.kind == .rename ? .error(EIO) : nil }
    #expect(try refused?.message.hasPrefix("cannot write") == true && text() == "1")
    // A server did it, and its answer was lost.
    for code in [EIO, EINTR] {
      let count = Atomic<Int>(0)
      let error = save("3\(code)") { call in
        guard call.kind == .rename, count.add(1, ordering: .relaxed).oldValue == 0 else {
          return nil
        }
        return .done(code)
      }
      #expect(try error == nil && text() == "3\(code)")
    }
    let path = folder.url.path
    let uncertain = save("4") { $0.kind == .synchronize && $0.path == path ? .error(EIO) : nil }
    #expect(try uncertain?.message.contains("not certain to survive") == true && text() == "4")
    #expect(uncertain?.systemCode == EIO)
  }

  @Test func foldersThatWereMadeAreTold() throws {
    let folder = try TemporaryFolder()
    for kind in [FileCall.Kind.makeFolder, .open, .synchronize] {
      for number in 1...3 {
        let url = folder.file("\(kind)-\(number)/b/c")
        let count = Atomic<Int>(0)
        let fault: @Sendable (FileCall) -> FileFault? = { call in
          call.kind == kind && count.add(1, ordering: .relaxed).newValue == number
            ? .error(EIO) : nil
        }
        #expect(throws: SystemError(code: EIO), "\(kind) \(number)") {
          try FileSystem.withFaults(fault) { try FileSystem.makeFolders(url.path) }
        }
        try FileSystem.makeFolders(url.path)
        #expect(FileManager.default.fileExists(atPath: url.path))
      }
    }
    try folder.write("", to: "file")
    #expect(throws: SystemError(code: ENOTDIR)) {
      try FileSystem.makeFolders(folder.file("file").path)
    }
  }
}
