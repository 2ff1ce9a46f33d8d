import Compute
import Foundation

/// How many threads can run at once here: the affinity mask, capped by the container's quota.
package enum UsableCores {
  /// Workers of a team that nobody chose a number for: second threads of a core have no multipliers of their own.
  package static let count = max(1, min(ProcessorOrder.current.coreCount, quota ?? Int.max))

  /// Threads that need not wait for each other's processor.
  package static let processors = max(1, min(affinity, quota ?? Int.max))

  /// How many processors this process may run on.
  package static var affinity: Int { allowed.count }

  /// Processors this process may run on, ascending.
  package static var allowed: [Int] {
    // The affinity call itself is a macro away from Swift; the kernel also prints the mask.
    let status = KernelFile.text("/proc/self/status")
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let list = line?.split(separator: ":").last.flatMap { numbers(in: String($0)) }
    return list ?? Array(0..<ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The processors that a list such as `0-3,8` names, or nil if it is no list.
  package static func numbers(in list: String) -> [Int]? {
    var numbers: [Int] = []
    for item in list.trimmed.split(separator: ",") {
      let bounds = item.split(separator: "-").map { Int($0) }
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last,
        last < 1 << 20
      else { return nil }
      numbers += first...last
    }
    return numbers.isEmpty ? nil : numbers
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
