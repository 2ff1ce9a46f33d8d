import Compute
import Foundation
import Parallel
import TestSupport
import Testing

@Suite struct MemoryNodesTests {
  /// Two sockets of two processors each, and a node that has memory alone.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("0-1,4\n", to: "online")
    for (node, processors) in [(0, "0,2\n"), (1, "1,3\n"), (4, "\n")] {
      try FileManager.default.createDirectory(
        at: folder.file("node\(node)"), withIntermediateDirectories: true)
      try folder.write(processors, to: "node\(node)/cpulist")
    }
    return folder
  }

  @Test(
    arguments: [([0, 1, 2, 3], [0, 1]), ([1, 3], [1]), ([2], [0]), ([7], [])] as [([Int], [Int])])
  func nodesAreThoseOfTheProcessorsInUse(processors: [Int], nodes: [Int]) throws {
    let folder = try Self.folder()
    let found = MemoryNodes(of: processors, in: folder.url.path)
    #expect(found.numbers == nodes)
    #expect(found.areSeveral == (nodes.count > 1))
  }

  @Test func aMachineThatTellsNothingHasNoNodes() throws {
    #expect(MemoryNodes(of: [0, 1], in: try TemporaryFolder().url.path).numbers.isEmpty)
  }

  #if os(Linux)
    /// Dealing goes over the buffer and not beyond, and leaves its values. The kernel prints each mapping with how its
    /// memory is chosen; where it does not, or refuses the call, as containers may, there is nothing to see.
    @Test func memoryIsDealt() throws {
      let first = AlignedBuffer<Float>(count: 2_000_001)
      let second = AlignedBuffer<Float>(count: 99)
      for buffer in [first, second] {
        for index in 0..<buffer.count { buffer.base[index] = Float(index % 1009) }
        buffer.interleave(over: MemoryNodes.current.numbers)
      }
      for buffer in [first, second] {
        #expect((0..<buffer.count).allSatisfy { buffer.base[$0] == Float($0 % 1009) })
      }
      guard let maps = KernelFile.text("/proc/self/numa_maps"), maps.contains(" interleave:") else {
        return
      }
      let address = String(UInt(bitPattern: first.base), radix: 16)
      let line = maps.split(separator: "\n").first { $0.hasPrefix(address + " ") }
      let fields = try #require(line).split(separator: " ")
      let nodes = try #require(fields[1].split(separator: ":").last)
      #expect(UsableCores.numbers(in: String(nodes)) == MemoryNodes.current.numbers)
    }
  #endif
}
