// What Linux lacks of macOS's C library, with the types that it has there: enough to type-check the lines that
// are compiled there alone. Nothing of it is ever run.
import Glibc

public func sysctlbyname(
  _ name: UnsafePointer<CChar>!, _ old: UnsafeMutableRawPointer!,
  _ oldSize: UnsafeMutablePointer<Int>!, _ new: UnsafeMutableRawPointer!, _ newSize: Int
) -> Int32 { 0 }

public struct statfs {
  public var f_flags: UInt32 = 0
  public init() {}
}
public func fstatfs(_ file: Int32, _ status: UnsafeMutablePointer<statfs>!) -> Int32 { 0 }
public var MNT_LOCAL: Int32 { 0x1000 }

public var F_FULLFSYNC: Int32 { 51 }

extension stat {
  public var st_mtimespec: timespec { timespec() }
}

public func pthread_create(
  _ thread: UnsafeMutablePointer<pthread_t?>!, _ attributes: UnsafePointer<pthread_attr_t>?,
  _ start: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer?,
  _ argument: UnsafeMutableRawPointer?
) -> Int32 { 0 }

public struct SignalHandler {
  public var __sa_handler: (@convention(c) (Int32) -> Void)!
}
extension sigaction {
  public var __sigaction_u: SignalHandler { SignalHandler() }
}
