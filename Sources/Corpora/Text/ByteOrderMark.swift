import Compute

/// What some editors put in front of a text to say that it is UTF-8: no part of it.
enum ByteOrderMark {
  static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The first bytes of a source, three unless said, fewer where it is shorter.
  static func begin(
    of source: any ByteSource, count: Int = ByteOrderMark.bytes.count
  ) throws -> [UInt8] {
    var begin = [UInt8](repeating: 0, count: count)
    let found = try begin.withUnsafeMutableBytes { try source.fill($0) }
    return Array(begin[..<found])
  }
}
