import Foundation

/// The Linux control groups that this process is in: its own, and those above, limit it all alike.
///
/// Both versions are read. A container often shows its own group as the root, under a path that
/// only the machine outside knows: what is not there is passed over.
package struct ControlGroups: Sendable {
  package static let current = ControlGroups(
    root: "/sys/fs/cgroup",
    membership: KernelFile.text("/proc/self/cgroup") ?? "")

  private let root: String
  /// Path of the group, and the controllers it is for; none for version 2.
  private let groups: [(controllers: [Substring], path: String)]

  /// - Parameter membership: lines as in `/proc/self/cgroup`, `4:memory:/path` or `0::/path`.
  package init(root: String, membership: String) {
    self.root = root
    groups = membership.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      return (fields[1].split(separator: ","), String(fields[2]))
    }
  }

  /// What the groups' files say, innermost first.
  ///
  /// - Parameters:
  ///   - controller: such as `memory`.
  ///   - version2: a file of version 2, such as `memory.max`.
  ///   - version1: a file of version 1, such as `memory.limit_in_bytes`.
  package func texts(_ controller: String, version2: String, version1: String) -> [String] {
    groups.flatMap { group -> [String] in
      if group.controllers.isEmpty { return texts(in: root, group.path, version2) }
      guard group.controllers.contains(Substring(controller)) else { return [] }
      let mount = group.controllers.joined(separator: ",")
      // `cpu` is a link to `cpu,cpuacct` or a mount of its own.
      let folder = [controller, mount].map { "\(root)/\($0)" }.first {
        FileManager.default.fileExists(atPath: $0)
      }
      return folder.map { texts(in: $0, group.path, version1) } ?? []
    }
  }

  /// The least of the limits; nil without one.
  package func limit(_ controller: String, version2: String, version1: String) -> Int? {
    texts(controller, version2: version2, version1: version1).compactMap { Int($0) }.min()
  }

  private func texts(in mount: String, _ path: String, _ name: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().compactMap { count in
      let folder = ([mount] + parts.prefix(count).map(String.init)).joined(separator: "/")
      return KernelFile.text("\(folder)/\(name)")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
