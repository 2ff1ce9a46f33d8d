// musl's C library as swift.org's static SDK for Linux has it, made of glibc's: the same names, but for those whose
// types differ. Enough to type-check every line with it in glibc's place. Nothing of it is ever run.
@_exported import Glibc

public func pthread_create(
  _ thread: UnsafeMutablePointer<pthread_t?>!, _ attributes: UnsafePointer<pthread_attr_t>?,
  _ start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?,
  _ argument: UnsafeMutableRawPointer?
) -> Int32 { 0 }

public struct SignalHandler {
  public var sa_handler: (@convention(c) (Int32) -> Void)!
}
extension sigaction {
  public var __sa_handler: SignalHandler { SignalHandler() }
}

// Macros there, of enumerations here.
public var SOCK_STREAM: Int32 { 1 }
public var RLIMIT_AS: Int32 { 9 }
public var RLIMIT_NPROC: Int32 { 6 }
public var RLIMIT_NOFILE: Int32 { 7 }
public var RLIMIT_STACK: Int32 { 3 }
public func getrlimit(_ kind: Int32, _ limit: UnsafeMutablePointer<rlimit>!) -> Int32 { 0 }
public func setrlimit(_ kind: Int32, _ limit: UnsafePointer<rlimit>!) -> Int32 { 0 }
