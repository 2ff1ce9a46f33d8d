import Compute
import Foundation

extension ZIPArchive {
  /// Replaces the file at `url` by an archive of `members`, stored, in their order, at numpy's date of nothing: the
  /// same members make the same bytes.
  ///
  /// Throws a `UserError` for more than 4 GiB, of which sizes stand in 32 bits.
  package static func write(_ members: [(name: String, content: [UInt8])], to url: URL) throws {
    let size = members.reduce(22) { $0 + 2 * $1.name.utf8.count + 76 + $1.content.count }
    guard size <= UInt32.max, members.count < 0xFFFF else {
      throw UserError(
        "'\(url.relativePath)' would be an archive of \(ByteCount(size)), expected less than 4 GiB",
        hint: "divide the data into several files first")
    }
    var (directory, offset) = ([UInt8](), 0)
    try AtomicFile.write(to: url) { writer in
      for (name, content) in members {
        // Version, flags, method, time, date.
        var fields = [20, 0, 0, 0, 0x0021].flatMap { number($0, 2) }
        fields += number(Int(CRC32.zip.checksum(of: content)), 4)
        fields += number(content.count, 4) + number(content.count, 4)
        fields += number(name.utf8.count, 2) + number(0, 2)
        let header = number(0x0403_4B50, 4) + fields + Array(name.utf8)
        try (header + content).withUnsafeBytes { try writer.append($0) }
        directory += number(0x0201_4B50, 4) + number(20, 2) + fields
        // Comment, disk, attributes.
        directory += [UInt8](repeating: 0, count: 10)
        directory += number(offset, 4) + Array(name.utf8)
        offset += header.count + content.count
      }
      var end = number(0x0605_4B50, 4) + number(0, 4)
      end += number(members.count, 2) + number(members.count, 2)
      end += number(directory.count, 4) + number(offset, 4) + number(0, 2)
      try (directory + end).withUnsafeBytes { try writer.append($0) }
    }
  }

  /// A little-endian number of `count` bytes.
  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
