import Compute
import Foundation
import Parallel
import Testing

@Suite struct WorkerGroupTests {
  /// Groups are neighbours, and what a member has written before a meeting all of them read after it: plain
  /// memory, so the thread sanitizer sees a meeting that lets one through.
  @Test(arguments: [(2, 2), (6, 2), (6, 3), (4, 4), (5, 1)])
  func membersMeetWithoutTheOthers(count: Int, size: Int) {
    let team = WorkerTeam(count: count)
    let written = AlignedBuffer<Int>(count: count)
    let wrong = AlignedBuffer<Int>(count: count)
    let members = AlignedBuffer<Int>(count: count)
    team.run { worker in
      let group = worker.group(of: size)
      members.base[worker.index] = group.members.lowerBound * 100 + group.members.count
      // Groups with more to do fall behind the others, which nobody waits for.
      for round in 1...200 + 50 * (worker.index / size) {
        written.base[worker.index] = round
        group.meet()
        for member in group.members where written.base[member] != round {
          wrong.base[worker.index] += 1
        }
        group.meet()
      }
    }
    #expect(Array(wrong.elements).allSatisfy { $0 == 0 })
    #expect(Array(members.elements) == (0..<count).map { $0 / size * size * 100 + size })
  }

  @Test func sharesCoverAllOnce() {
    let team = WorkerTeam(count: 6)
    let counts = AlignedBuffer<Int>(count: 6 * 7)
    team.run { worker in
      let group = worker.group(of: 3)
      for item in group.share(of: 7) { counts.base[worker.index / 3 * 7 + item] += 1 }
    }
    #expect(Array(counts.elements).prefix(14).allSatisfy { $0 == 1 })
  }

  @Test func divisionsAreReadAndRefused() throws {
    #expect(try TeamDivision("auto", workers: 6) == .automatic)
    #expect(try TeamDivision("rows", workers: 6) == .groups(of: 1))
    #expect(try TeamDivision("2x3", workers: 6) == .groups(of: 3))
    for text in [
      "", "units", "2x", "x3", "2x3x1", "0x6", "-2x-3", "2 x 3", "2x2", "1x9223372036854775807",
    ] {
      #expect(throws: UserError.self, "\(text)") { try TeamDivision(text, workers: 6) }
    }
    let error = #expect(throws: UserError.self) { try TeamDivision("2x2", workers: 6) }
    #expect(error?.kind == .usage)
    #expect(error?.hint == "possible are 6x1, 3x2, 2x3, 1x6")
  }

  @Test func cachesAreReadAsTheKernelTellsThem() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("caches-\(ProcessInfo.processInfo.globallyUniqueString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(ProcessorCaches(in: folder) == nil)
    for (index, (level, type, size, list)) in [
      ("1", "Data", "48K", "0,8"), ("1", "Instruction", "32K", "0,8"),
      ("2", "Unified", "2048K", "0,8"),
      ("3", "Unified", "36M", "0-15"),
    ].enumerated() {
      let place = folder.appendingPathComponent("index\(index)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (name, text) in [
        ("level", level), ("type", type), ("size", size), ("shared_cpu_list", list),
      ] {
        try (text + "\n").write(
          to: place.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
    }
    #expect(
      ProcessorCaches(in: folder) == ProcessorCaches(own: 2 << 20, shared: 36 << 20, sharers: 16))
  }
}
