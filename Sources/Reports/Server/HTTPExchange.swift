import Foundation

/// A request of a browser, as far as it matters here.
package struct HTTPRequest {
  let method: String
  /// Without a query.
  let path: String
  /// Names in lower case; of a name that appears twice there is no value.
  private let headers: [String: String]

  /// Longer ones are refused.
  package static let longest = 16 << 10

  /// - Parameter bytes: up to the empty line, which is not among them. Nil for what is no request.
  package init?(_ bytes: some Sequence<UInt8>) {
    guard let text = String(validating: Array(bytes), as: UTF8.self) else { return nil }
    // A carriage return and a line feed are one character of Swift.
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return nil }
    method = String(words[0])
    path = String(words[1].prefix { $0 != "?" && $0 != "#" })
    var (headers, twice) = ([String: String](), Set<String>())
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let name = line[..<colon].lowercased()
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      if headers.updateValue(value, forKey: name) != nil { twice.insert(name) }
    }
    self.headers = headers.filter { !twice.contains($0.key) }
  }

  subscript(name: String) -> String? { headers[name] }
}

/// What is answered.
package struct HTTPAnswer {
  package enum Status: String, Sendable {
    case ok = "200 OK"
    case notModified = "304 Not Modified"
    case badRequest = "400 Bad Request"
    case forbidden = "403 Forbidden"
    case notFound = "404 Not Found"
    case notAllowed = "405 Method Not Allowed"
    case failed = "500 Internal Server Error"
  }

  package let status: Status
  var type = "text/plain; charset=utf-8"
  package var headers: [(name: String, value: String)] = []
  package let body: String

  /// Head and, unless only that was asked for, body.
  package func bytes(withBody: Bool) -> [UInt8] {
    let fields =
      [
        ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"), ("Connection", "close"),
      ] + headers
    let head = (["HTTP/1.1 \(status.rawValue)"] + fields.map { "\($0.0): \($0.1)" })
      .joined(separator: "\r\n")
    return Array((head + "\r\n\r\n" + (withBody ? body : "")).utf8)
  }
}
