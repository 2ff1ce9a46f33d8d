import Foundation

/// What the processor keeps near each core, as the kernel tells.
package struct ProcessorCaches: Sendable, Equatable {
  /// Bytes that a core has for itself (level 2).
  package var own: Int
  /// Bytes that neighbouring cores share (the last level), and how many logical processors share them.
  package var shared: Int
  package var sharers: Int

  package init(own: Int, shared: Int, sharers: Int) {
    (self.own, self.shared, self.sharers) = (own, shared, sharers)
  }

  /// Those of the first processor; a common size where nobody tells.
  package static let current =
    ProcessorCaches(in: URL(fileURLWithPath: "/sys/devices/system/cpu/cpu0/cache"))
    ?? ProcessorCaches(own: 1 << 20, shared: 32 << 20, sharers: 16)

  /// Reads a folder as sysfs has it: `index<n>` with `level`, `type`, `size` and `shared_cpu_list`.
  package init?(in folder: URL) {
    func text(_ index: Int, _ name: String) -> String? {
      let file = folder.appendingPathComponent("index\(index)").appendingPathComponent(name)
      let text = try? String(contentsOf: file, encoding: .utf8)
      return text?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    var levels: [Int: (size: Int, sharers: Int)] = [:]
    for index in 0..<8 {
      guard let level = text(index, "level").flatMap({ Int($0) }),
        text(index, "type") != "Instruction",
        let size = text(index, "size").flatMap(Self.bytes)
      else { continue }
      let sharers = text(index, "shared_cpu_list").flatMap(UsableCores.numbers)?.count ?? 1
      levels[level] = (size, sharers)
    }
    guard let own = levels[2], let last = levels.max(by: { $0.key < $1.key })?.value else {
      return nil
    }
    self.init(own: own.size, shared: last.size, sharers: last.sharers)
  }

  /// `1024K` or `32M`.
  private static func bytes(_ text: String) -> Int? {
    let shift = text.last == "K" ? 10 : text.last == "M" ? 20 : 0
    return Int(shift == 0 ? text : String(text.dropLast())).map { $0 << shift }
  }
}
