import Foundation

/// Limits that a process inherits from its shell (`ulimit`); nil: there is none.
package enum ResourceLimit {
  #if canImport(Glibc)
    private static let spaceKind = __rlimit_resource_t(RLIMIT_AS.rawValue)
    private static let processKind = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
    private static let fileKind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let spaceKind = RLIMIT_AS
    private static let processKind = RLIMIT_NPROC
    private static let fileKind = RLIMIT_NOFILE
  #endif

  /// Bytes of address space: `ulimit -v`.
  package static var addressSpace: Int? {
    var limit = rlimit()
    let result = getrlimit(spaceKind, &limit)
    return result == 0 ? value(of: limit) : nil
  }

  /// Processes and threads of the user: `ulimit -u`.
  package static var processes: Int? {
    var limit = rlimit()
    let result = getrlimit(processKind, &limit)
    return result == 0 ? value(of: limit) : nil
  }

  /// Lets this process open so many files more than it has now, as far as the hard limit goes (`ulimit -Hn`).
  package static func allowOpenFiles(_ count: Int) {
    var limit = rlimit()
    guard getrlimit(fileKind, &limit) == 0 else { return }
    let wanted = rlim_t(count + 256)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    setrlimit(fileKind, &limit)
  }

  /// Infinity is the largest number: of 64 bits, which no `Int` holds, or of 63.
  private static func value(of limit: rlimit) -> Int? {
    Int(exactly: limit.rlim_cur).flatMap { $0 == .max ? nil : $0 }
  }
}
