import Compute
import Foundation

/// How many threads can run at once here: the affinity mask, capped by the container's quota.
package enum UsableCores {
  package static let count = max(1, min(affinity, quota ?? Int.max))

  /// Processors this process may run on.
  package static var affinity: Int {
    // The affinity call itself is a macro away from Swift; the kernel also prints the mask.
    let status = KernelFile.text("/proc/self/status")
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let list = line?.split(separator: ":").last.flatMap { processors(in: String($0)) }
    return list ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// How many processors a list such as `0-3,8` names, or nil if it is no list.
  package static func processors(in list: String) -> Int? {
    var count = 0
    for item in list.trimmed.split(separator: ",") {
      let bounds = item.split(separator: "-").map { Int($0) }
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last else {
        return nil
      }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }

  /// The processor quota of the control groups, rounded up, or nil without one.
  package static var quota: Int? { quota(of: .current) }

  /// The least quota of a process in `groups`.
  package static func quota(of groups: ControlGroups) -> Int? {
    let quotas = groups.texts("cpu", version2: "cpu.max", version1: "cpu.cfs_quota_us")
    // Version 1 keeps the period in a file of its own; all of its groups have the same in practice.
    let period = groups.texts("cpu", version2: "", version1: "cpu.cfs_period_us").first
    return quotas.compactMap { text in
      quota(version2: text.contains(" ") ? text : "\(text) \(period ?? "")")
    }.min()
  }

  /// Reads `"<quota|max> <period>"`; a quota of `max` or below 1 is none.
  package static func quota(version2 text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]),
      quota > 0, period > 0
    else { return nil }
    return Int((quota / period).rounded(.up))
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
