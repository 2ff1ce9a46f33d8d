import Compute
import Foundation
import Interchange
import Reports
import Runs
import TestSupport
import Testing

/// A page is served to this machine, and nothing but it.
@Suite struct ReportServerTests {
  private static let port: UInt16 = 4711

  private func answer(_ request: String, _ made: HandMadeRun) -> HTTPAnswer {
    LiveReport([(made.run, "run")], measured: [nil])
      .answer(HTTPRequest(Array(request.utf8)), port: Self.port)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:4711", HTTPAnswer.Status.ok),
    ("GET /?x=y HTTP/1.1\r\nhost: localhost:4711\r\nAccept: */*", .ok),
    ("HEAD /data.json HTTP/1.1\r\nHost:   127.0.0.1:4711  ", .ok),
    // A name of somebody else's that was made to lead here.
    ("GET / HTTP/1.1\r\nHost: evil.example", .forbidden),
    ("GET / HTTP/1.1\r\nHost: evil.example:4711", .forbidden),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1", .forbidden),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:4712", .forbidden),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:4711.evil.example", .forbidden),
    ("GET / HTTP/1.1", .forbidden),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nHost: evil.example", .forbidden),
    ("POST / HTTP/1.1\r\nHost: 127.0.0.1:4711", .notAllowed),
    ("GET /config.toml HTTP/1.1\r\nHost: 127.0.0.1:4711", .notFound),
    ("GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:4711", .notFound),
    ("GET /%2e%2e/data.json HTTP/1.1\r\nHost: 127.0.0.1:4711", .notFound),
    ("GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:4711", .notFound),
    ("", .badRequest), ("GET /", .badRequest), ("GET / HTTP/2", .badRequest),
    ("GET / HTTP/1.1\r\nno colon", .badRequest), ("GET  / HTTP/1.1", .badRequest),
  ])
  func answers(request: String, status: HTTPAnswer.Status) throws {
    let made = try HandMadeRun()
    defer { withExtendedLifetime(made) {} }
    let answer = answer(request, made)
    #expect(answer.status == status)
    let head = String(decoding: answer.bytes(withBody: false), as: UTF8.self)
    #expect(head.hasSuffix("\r\n\r\n") && head.contains("X-Content-Type-Options: nosniff"))
    #expect(!head.contains("Access-Control"))
  }

  @Test func dataAreToldAnewWhenTheyHaveChanged() throws {
    let made = try HandMadeRun([#"{"update":1,"split":"valid","loss":2}"#])
    defer { withExtendedLifetime(made) {} }
    let live = LiveReport([(made.run, "run")], measured: [nil])
    func answer(_ tag: String = "") -> HTTPAnswer {
      live.answer(
        HTTPRequest(
          Array(
            "GET /data.json HTTP/1.1\r\nHost: localhost:4711\r\nIf-None-Match: \(tag)".utf8)),
        port: Self.port)
    }
    let first = answer()
    let tag = try #require(first.headers.first { $0.name == "ETag" }).value
    #expect(answer(tag).status == .notModified)
    try made.record([
      #"{"update":1,"split":"valid","loss":2}"#, #"{"update":2,"split":"valid","loss":1}"#,
    ])
    let later = answer(tag)
    #expect(later.status == .ok && later.body.contains("\"update\":2"))
    // A run that has gone is told, and does not end the server.
    try FileManager.default.removeItem(at: made.run.url)
    #expect(answer(tag).status == .failed)
  }

  /// Over a connection: a whole answer, whatever pieces the request comes in; nothing for a request that
  /// never ends.
  @Test func connections() throws {
    let made = try HandMadeRun()
    defer { withExtendedLifetime(made) {} }
    let server = try ReportServer(LiveReport([(made.run, "run")], measured: [nil]), port: 0)
    Thread.detachNewThread { try? server.serve() }
    let head = "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n"
    let whole = try exchange([head], server.port)
    #expect(whole.hasPrefix("HTTP/1.1 200 OK\r\n") && whole.hasSuffix("</html>\n"))
    #expect(whole.contains("frame-ancestors 'none'"))
    #expect(try exchange(head.map { String($0) }, server.port) == whole)
    let endless = String(repeating: "x", count: HTTPRequest.longest + 4096)
    #expect(try exchange([endless], server.port) == "")
    expectUserError(saying: "127.0.0.1:\(server.port)", "--port") {
      _ = try ReportServer(LiveReport([], measured: []), port: server.port)
    }
  }

  private func exchange(_ pieces: [String], _ port: UInt16) throws -> String {
    #if canImport(Glibc)
      let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let connection = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(connection) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    let isOpen = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    try #require(isOpen)
    for piece in pieces {
      let bytes = Array(piece.utf8)
      _ = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
    var (answer, block) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while case let count = recv(connection, &block, block.count, 0), count > 0 {
      answer += block[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
