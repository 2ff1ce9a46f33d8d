import CSystem
import Foundation

/// Memory that this process may take: of the machine, of its containers, of its own limits.
package enum SystemMemory {
  /// Bytes, or nil where the system does not tell.
  package static var total: Int? {
    let machine = field("MemTotal", in: "/proc/meminfo").map { $0 * 1024 }
    let groups = ControlGroups.current.limit(
      "memory", version2: "memory.max", version1: "memory.limit_in_bytes")
    return [machine, groups, addressSpace].compactMap { $0 }.min()
  }

  /// What `ulimit -v` leaves: address space that is not taken yet. Nil without such a limit.
  package static var addressSpace: Int? {
    guard let limit = ResourceLimit.addressSpace else { return nil }
    let taken = field("VmSize", in: "/proc/self/status").map { $0 * 1024 } ?? 0
    return max(0, limit - taken)
  }

  /// Kilobytes in a line such as `MemTotal:  24000000 kB`.
  package static func field(_ name: String, in path: String) -> Int? {
    guard let text = KernelFile.text(path) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }

  /// Ends the process with a sentence: memory was asked for that the system does not give.
  package static func refuse(_ bytes: Int) -> Never {
    let limits = total.map { "; this process may have \(ByteCount($0))" } ?? ""
    let error = UserError(
      "out of memory: \(ByteCount(bytes)) more were refused, "
        + "\(ByteCount(Allocator.allocatedBytes)) are in use\(limits)",
      hint: "use a smaller model, batch or length, or raise the limit")
    try? StandardStreams.write("\(error)\n", to: STDERR_FILENO)
    unlink_unfinished_files()
    // At once: other threads are at work on what is there.
    _exit(error.kind.rawValue)
  }
}
