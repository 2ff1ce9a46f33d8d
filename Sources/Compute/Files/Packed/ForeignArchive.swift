/// Packed files that are not unpacked while they are read: what they are called, and what unpacks them.
///
/// Their bytes would be taken for a text of bytes, and for damage where a text has letters.
package enum ForeignArchive {
  /// Bytes that tell them; nil is any byte.
  private static let marks: [(name: String, tool: String, bytes: [UInt8?])] = [
    ("bzip2", "bunzip2", [0x42, 0x5A, 0x68, nil, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    ("ZIP", "unzip", [0x50, 0x4B, 0x03, 0x04]),
    ("7-Zip", "7z x", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    ("LZ4", "lz4 -d", [0x04, 0x22, 0x4D, 0x18]),
    ("lzip", "lzip -d", [0x4C, 0x5A, 0x49, 0x50, 0x01]),
    ("RAR", "unrar x", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07]),
    ("compress", "uncompress", [0x1F, 0x9D]),
  ]

  /// Enough bytes of a file to know all of them.
  package static let markLength = 10

  /// Throws a `UserError` if a text begins as one of them.
  package static func refuse(_ begin: some Collection<UInt8>, at place: String) throws {
    let found = marks.first { mark in
      begin.count >= mark.bytes.count && zip(begin, mark.bytes).allSatisfy { $1 == nil || $0 == $1 }
    }
    guard let found else { return }
    throw UserError(
      "\(place) is packed by \(found.name), expected a text",
      hint: "unpack it with \(found.tool); gzip, zstd and xz are unpacked while they are read")
  }
}
