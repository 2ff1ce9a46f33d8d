import Foundation

/// Limits that a process inherits from its shell (`ulimit`); nil: there is none.
package enum ResourceLimit {
  /// Bytes of address space: `ulimit -v`.
  package static var addressSpace: Int? {
    var limit = rlimit()
    let result = getrlimit(.init(RLIMIT_AS.rawValue), &limit)
    return result == 0 ? value(of: limit) : nil
  }

  /// Processes and threads of the user: `ulimit -u`.
  package static var processes: Int? {
    var limit = rlimit()
    let result = getrlimit(.init(__RLIMIT_NPROC.rawValue), &limit)
    return result == 0 ? value(of: limit) : nil
  }

  /// Lets this process open so many files more than it has now, as far as the hard limit goes (`ulimit -Hn`).
  package static func allowOpenFiles(_ count: Int) {
    var limit = rlimit()
    guard getrlimit(.init(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let wanted = rlim_t(count + 256)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    setrlimit(.init(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Infinity is the largest number, which no `Int` holds.
  private static func value(of limit: rlimit) -> Int? { Int(exactly: limit.rlim_cur) }
}
