import Compute
import Dispatch
import Foundation

/// Serves a live report to browsers of this machine: on 127.0.0.1, and nothing but the page and its data.
///
/// Each connection is one request, on a thread of Dispatch's, few at a time; who says nothing for some
/// seconds is let go.
package final class ReportServer: Sendable {
  private let report: LiveReport
  private let listener: Int32
  package let port: UInt16

  private static let connections = 8
  /// Seconds for a whole exchange.
  private static let patience = 5.0

  /// - Parameter port: 0 for any that is free.
  /// - Throws: `UserError` if the port cannot be had.
  package init(_ report: LiveReport, port: UInt16) throws {
    self.report = report
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream: Int32 = SOCK_STREAM
    #endif
    listener = socket(AF_INET, stream, 0)
    guard listener >= 0 else { throw Self.failure(port) }
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard isBound else {
      defer { close(listener) }
      throw Self.failure(port)
    }
    self.port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(listener) }

  package var address: String { "http://127.0.0.1:\(port)/" }

  private static func failure(_ port: UInt16) -> UserError {
    let reason = String(cString: strerror(errno))
    return UserError(
      "cannot listen at 127.0.0.1:\(port): \(reason)",
      hint: "name another --port, or none for any that is free")
  }

  /// Serves until the process ends. Throws if the system takes the port away.
  package func serve() throws -> Never {
    let free = DispatchSemaphore(value: Self.connections)
    while true {
      free.wait()
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else {
        free.signal()
        guard [EINTR, ECONNABORTED, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) else {
          throw Self.failure(port)
        }
        usleep(10_000)
        continue
      }
      DispatchQueue.global().async { [self] in
        exchange(connection)
        close(connection)
        free.signal()
      }
    }
  }

  /// One request and its answer.
  private func exchange(_ connection: Int32) {
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    _ = fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) | O_NONBLOCK)
    let end = DispatchTime.now() + Self.patience
    guard let bytes = read(connection, until: end) else { return }
    let request = HTTPRequest(bytes)
    let answer = report.answer(request, port: port)
    write(answer.bytes(withBody: request?.method != "HEAD"), to: connection)
  }

  /// The head of a request. Nil for who says nothing, too much or too slowly.
  private func read(_ connection: Int32, until end: DispatchTime) -> ArraySlice<UInt8>? {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    let stop: [UInt8] = [13, 10, 13, 10]
    while bytes.count <= HTTPRequest.longest {
      guard wait(connection, POLLIN, until: end) else { return nil }
      let count = recv(connection, &block, block.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count > 0 else { return nil }
      let start = max(0, bytes.count - 3)
      bytes += block[..<count]
      for place in start..<max(start, bytes.count - 3) where bytes[place..<place + 4] == stop[...] {
        return bytes[..<place]
      }
    }
    return nil
  }

  private func write(_ bytes: [UInt8], to connection: Int32) {
    let end = DispatchTime.now() + Self.patience
    var done = 0
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    while done < bytes.count, wait(connection, POLLOUT, until: end) {
      let count = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress.map { $0 + done }, bytes.count - done, flags)
      }
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count > 0 else { return }
      done += count
    }
    // Whoever is not read to the end may lose the answer: the browser closes first, or the time is over.
    shutdown(connection, Int32(SHUT_WR))
    var rest = [UInt8](repeating: 0, count: 512)
    while wait(connection, POLLIN, until: min(end, .now() + 0.5)),
      recv(connection, &rest, rest.count, 0) > 0
    {}
  }

  /// Whether the connection is ready before the time is over.
  private func wait(_ connection: Int32, _ what: Int32, until end: DispatchTime) -> Bool {
    while true {
      let now = DispatchTime.now()
      guard now < end else { return false }
      let left = (end.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000_000 + 1
      var state = pollfd(fd: connection, events: Int16(what), revents: 0)
      let count = poll(&state, 1, Int32(min(left, 60_000)))
      if count < 0, errno == EINTR { continue }
      return count > 0
    }
  }
}
