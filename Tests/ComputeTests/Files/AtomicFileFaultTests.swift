import Compute
import Foundation
import TestSupport
import Testing

/// Whatever call fails, the old file or the new one is there, whole, and somebody is told.
@Suite struct AtomicFileFaultTests {
  static let faults: [FileFault] = [
    .error(EIO), .error(ENOSPC), .error(EINTR), .error(EACCES), .short, .nothing,
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
}
