import Compute
import Foundation
import TestSupport
import Testing
import Runs

@Suite struct RunLockTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func theSecondIsRefusedUntilTheFirstLetsGo() throws {
    var first: RunLock? = try RunLock(folder.url)
    #expect(first != nil)
    for _ in 0..<3 {
      let error = #expect(throws: UserError.self) { try RunLock(folder.url) }
      #expect(error?.kind == .usage)
      #expect(
        error?.message.contains("'\(folder.url.path)' is in use: process \(getpid()) on '") == true)
      #expect(error?.message.contains("trains it since 2") == true)
    }
    first = nil
    #expect(try folder.names == [])
    _ = try RunLock(folder.url)
  }

  /// The environment tells the child which folder; nothing else sets that variable.
  private static let variable = "UNROLL_RUN_LOCK_TEST"

  @Test func anotherProcessIsRefusedAndAKilledOneIsForgotten() async throws {
    let held = folder.file("held")
    let lock = try RunLock(held, isBeginning: true)
    setenv(Self.variable, held.path, 1)
    await #expect(processExitsWith: .exitCode(2)) {
      let path = ProcessInfo.processInfo.environment[Self.variable] ?? ""
      do { _ = try RunLock(URL(fileURLWithPath: path)) } catch let error as UserError {
        exit(error.kind.rawValue)
      }
    }
    withExtendedLifetime(lock) {}
    let killed = folder.file("killed")
    setenv(Self.variable, killed.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let path = ProcessInfo.processInfo.environment[Self.variable] ?? ""
      let lock = try RunLock(URL(fileURLWithPath: path), isBeginning: true)
      withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
    }
    #expect(try folder.names(in: "killed") == ["lock"])
    // A folder with nothing but that may be begun; one that is read along is not touched.
    _ = try RunFolder.plan(at: killed)
    _ = try RunLock(killed)
    #expect(try folder.names(in: "killed") == [])
  }

  @Test func aFolderThatWasMadeForNothingGoes() throws {
    do { _ = try RunLock(folder.file("run"), isBeginning: true) }
    #expect(try folder.names == [])
    do { _ = try RunLock(folder.file("all/of/run"), isBeginning: true) }
    #expect(try folder.names == [])
    do {
      let lock = try RunLock(folder.file("all/of/run"), isBeginning: true)
      try folder.write("", to: "all/notes")
      withExtendedLifetime(lock) {}
    }
    #expect(try folder.names(in: "all") == ["notes"])
    #expect(throws: UserError.self) { try RunLock(folder.file("run")) }
    do {
      let lock = try RunLock(folder.file("run"), isBeginning: true)
      try folder.write("x", to: "run/config.toml")
      withExtendedLifetime(lock) {}
    }
    #expect(try folder.names(in: "run") == ["config.toml"])
  }

  /// Many that come and go at once: never two at a time.
  @Test func removingTheFileLetsNobodySlipIn() throws {
    let url = folder.url
    let inside = AlignedBuffer<Int>(count: 1)
    let (wins, clashes) = (AlignedBuffer<Int>(count: 4), AlignedBuffer<Int>(count: 4))
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      for _ in 0..<100 {
        guard let lock = try? RunLock(url) else { continue }
        inside.base[0] += 1
        if inside.base[0] != 1 { clashes.base[index] += 1 }
        wins.base[index] += 1
        inside.base[0] -= 1
        withExtendedLifetime(lock) {}
      }
    }
    #expect(wins.elements.reduce(0, +) > 0)
    #expect(clashes.elements.allSatisfy { $0 == 0 })
  }
}
