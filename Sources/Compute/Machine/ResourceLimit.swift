import CSystem
import Foundation

/// Limits that a process inherits from its shell (`ulimit`); nil: there is none.
package enum ResourceLimit {
  #if canImport(Glibc)
    private typealias Kind = __rlimit_resource_t
    private static let spaceKind = __rlimit_resource_t(RLIMIT_AS.rawValue)
    private static let processKind = __rlimit_resource_t(__RLIMIT_NPROC.rawValue)
    private static let fileKind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    private static let stackKind = __rlimit_resource_t(RLIMIT_STACK.rawValue)
  #else
    private typealias Kind = Int32
    private static let spaceKind: Int32 = RLIMIT_AS
    private static let processKind: Int32 = RLIMIT_NPROC
    private static let fileKind: Int32 = RLIMIT_NOFILE
    private static let stackKind: Int32 = RLIMIT_STACK
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

  /// Sees to it that a process can begin at all: Dispatch and Foundation wait for ever, or end the process
  /// without a word, where the system refuses them a thread, a file or a few pages. Throws a `UserError`.
  package static func needTheLeast() throws {
    try needStack()
    try needOpenFiles()
    try needAddressSpace()
    try needThread()
  }

  /// Makes room for a stack of a megabyte, as far as the hard limit goes (`ulimit -Hs`), for this thread and
  /// those to come. Throws a `UserError` where it does not go so far: the process would end in the midst of a
  /// computation, without a word.
  private static func needStack() throws {
    let (needed, usual) = (1 << 20, 8 << 20)
    guard let now = raise(stackKind, from: needed, to: usual) else { return }
    guard now >= needed else {
      throw UserError(
        "the stack is limited to \(ByteCount(now)), and \(ByteCount(needed)) are needed",
        hint: "ulimit -s \(usual >> 10), or a higher limit from whoever set it")
    }
    set_stack_size_of_threads(usual)
  }

  private static func needOpenFiles() throws {
    let needed = 32
    guard let now = raise(fileKind, from: needed, to: 256), now < needed else { return }
    throw UserError(
      "\(now) files may be open at a time, and \(needed) are needed",
      hint: "ulimit -n 1024, or a higher limit from whoever set it")
  }

  private static func needAddressSpace() throws {
    let needed = 192 << 20
    guard let now = addressSpace, now < needed else { return }
    throw UserError(
      "the address space is limited to \(ByteCount(now)), and \(ByteCount(needed)) are needed before any model",
      hint: "ulimit -v unlimited, or a higher limit from whoever set it")
  }

  private static func needThread() throws {
    guard !can_create_thread() else { return }
    throw UserError(
      "the system refuses a thread",
      hint: "raise the limit of processes (ulimit -u), or that of the container")
  }

  /// Raises a limit that is lower than `needed`, as far as the hard limit goes.
  ///
  /// - Returns: what it is now; nil if it was high enough.
  private static func raise(_ kind: Kind, from needed: Int, to usual: Int) -> Int? {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0, let now = value(of: limit), now < needed else {
      return nil
    }
    limit.rlim_cur = min(rlim_t(usual), limit.rlim_max)
    setrlimit(kind, &limit)
    return value(of: limit)
  }

  /// Infinity is the largest number: of 64 bits, which no `Int` holds, or of 63.
  private static func value(of limit: rlimit) -> Int? {
    Int(exactly: limit.rlim_cur).flatMap { $0 == .max ? nil : $0 }
  }
}
