import Foundation

/// A standard stream, written at once. Data goes to standard output, everything else to standard
/// error. A reader that went away ends the process quietly.
struct Output {
  let descriptor: Int32

  static let standardOutput = Output(descriptor: 1)
  static let standardError = Output(descriptor: 2)

  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        // Nobody listens any more: what `head` does to everybody's pipeline.
        Foundation.exit(errno == EPIPE ? 0 : 1)
      }
      bytes = bytes.dropFirst(count)
    }
  }

  /// One JSON object on a line of standard output, keys in order.
  static func json(_ object: [String: Any]) {
    let data = try? JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    standardOutput.write(String(decoding: data ?? Data("{}".utf8), as: UTF8.self) + "\n")
  }
}
