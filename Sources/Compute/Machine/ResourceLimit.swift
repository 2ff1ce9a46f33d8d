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

  /// Infinity is the largest number, which no `Int` holds.
  private static func value(of limit: rlimit) -> Int? { Int(exactly: limit.rlim_cur) }
}
