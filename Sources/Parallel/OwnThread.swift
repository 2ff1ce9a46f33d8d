import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread made here rather than by Dispatch, which has few, and waits for ever where the system
/// gives no more.
package struct OwnThread {
  /// Bytes. Workers keep their data in buffers; the rest is the kernels' tiles.
  static let stackSize = 1 << 20

  private let identifier: pthread_t

  /// Starts `body`. Throws a `SystemError`. The thread has to be joined or let go.
  package init(_ body: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackSize)
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin) || canImport(Musl)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        #if canImport(Darwin)
          let address = argument
        #else
          guard let address = argument else { return nil }
        #endif
        Unmanaged<Box>.fromOpaque(address).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw SystemError(code: code)
    }
    #if canImport(Darwin) || canImport(Musl)
      guard let thread else { throw SystemError(code: EAGAIN) }
    #endif
    identifier = thread
  }

  /// Waits for its end.
  package func join() { pthread_join(identifier, nil) }

  /// Lets it end whenever it does.
  package func letGo() { pthread_detach(identifier) }

  private final class Box: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
