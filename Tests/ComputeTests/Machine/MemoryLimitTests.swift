import Compute
import Foundation
import TestSupport
import Testing

@Suite struct MemoryLimitTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to path: String) throws {
    let url = folder.file(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func limit(_ membership: String) -> Int? {
    ControlGroups(root: folder.url.path, membership: membership)
      .limit("memory", version2: "memory.max", version1: "memory.limit_in_bytes")
  }

  @Test func theTightestOfNestedGroupsCounts() throws {
    try write("max\n", to: "a/b/memory.max")
    try write("500\n", to: "a/memory.max")
    #expect(limit("0::/a/b\n") == 500)
    try write("300\n", to: "a/b/memory.max")
    #expect(limit("0::/a/b\n") == 300)
    #expect(limit("0::/a\n") == 500)
    #expect(limit("0::/\n") == nil)
    // The path is only known outside of the container; its own group is the root.
    try write("900\n", to: "memory.max")
    #expect(limit("0::/docker/0123\n") == 900)
  }

  @Test func version1IsReadToo() throws {
    try write("700\n", to: "memory/job/memory.limit_in_bytes")
    try write("9223372036854771712\n", to: "memory/memory.limit_in_bytes")
    #expect(limit("5:cpu,cpuacct:/job\n4:memory:/job\n") == 700)
    #expect(limit("4:memory:/elsewhere\n") == 9_223_372_036_854_771_712)
    #expect(limit("3:cpuset:/job\n") == nil)
    #expect(limit("") == nil)
  }

  #if os(Linux)
    @Test func theAddressSpaceIsALimit() async {
      await #expect(processExitsWith: .success) {
        precondition(SystemMemory.addressSpace == nil || SystemMemory.total != nil)
        let taken = (SystemMemory.field("VmSize", in: "/proc/self/status") ?? 0) * 1024
        var limit = rlimit(rlim_cur: rlim_t(taken + 64 << 20), rlim_max: rlim_t(taken + 64 << 20))
        setrlimit(.init(RLIMIT_AS.rawValue), &limit)
        precondition(SystemMemory.total.map { $0 <= 64 << 20 } == true)
      }
    }

    @Test func memoryThatIsRefusedIsASentence() async throws {
      let result = try await #require(
        processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
      ) {
        let taken = (SystemMemory.field("VmSize", in: "/proc/self/status") ?? 0) * 1024
        var limit = rlimit(rlim_cur: rlim_t(taken + 64 << 20), rlim_max: rlim_t(taken + 64 << 20))
        setrlimit(.init(RLIMIT_AS.rawValue), &limit)
        _ = AlignedBuffer<Float>(count: 1 << 28)
      }
      let text = String(decoding: result.standardErrorContent, as: UTF8.self)
      #expect(text.contains("error: out of memory: 1.0 GiB more were refused"), "\(text)")
    }
  #endif

  /// What a model of absurd sizes would take is counted and refused before any of it is touched.
  @Test func aSizeThatNoAddressHoldsIsCounted() {
    #expect(AlignedBuffer<Double>(count: Int.max / 4).byteCount == .max)
    #expect(AlignedBuffer<Double>(count: 1 << 50).byteCount == 1 << 53)
  }
}
