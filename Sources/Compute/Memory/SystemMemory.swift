import Foundation

/// A number of bytes for people, in powers of 1024.
package struct ByteCount: CustomStringConvertible, Sendable {
  package let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  package var description: String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : String(format: "%.1f %@", value, units[unit])
  }
}

/// Memory of the machine, or of the container if that is less.
package enum SystemMemory {
  /// Bytes, or nil where the system does not tell.
  package static var total: Int? {
    let machine = field("MemTotal", in: "/proc/meminfo").map { $0 * 1024 }
    let limit =
      (try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8))
      .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    return [machine, limit].compactMap { $0 }.min()
  }

  /// Kilobytes in a line such as `MemTotal:  24000000 kB`.
  package static func field(_ name: String, in path: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }
}
