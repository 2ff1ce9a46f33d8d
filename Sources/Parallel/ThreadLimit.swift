import Compute
import Foundation

/// What keeps this process from having more threads.
package enum ThreadLimit {
  /// The limit that was met when the system refused a thread, by name and value. To be asked while
  /// the threads that were given are still there.
  package static var met: String {
    let groups = ControlGroups.current
    let pairs = zip(
      groups.texts("pids", version2: "pids.current", version1: "pids.current"),
      groups.texts("pids", version2: "pids.max", version1: "pids.max"))
    for (current, most) in pairs {
      if let current = Int(current), let most = Int(most), current >= most {
        return "pids.max of the control group is \(most)"
      }
    }
    if let left = SystemMemory.addressSpace, left < 2 * OwnThread.stackSize,
      let limit = ResourceLimit.addressSpace
    {
      return "RLIMIT_AS (ulimit -v) is \(ByteCount(limit))"
    }
    if let most = ResourceLimit.processes {
      return "RLIMIT_NPROC (ulimit -u) is \(most) for all processes of the user"
    }
    let most = KernelFile.text("/proc/sys/kernel/threads-max")
    return "kernel.threads-max is \(most?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "?")"
  }
}
