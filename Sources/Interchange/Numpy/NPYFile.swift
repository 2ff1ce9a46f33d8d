import Compute
import Foundation

/// A matrix of 32-bit numbers in numpy's own format: what `numpy.save` writes and `numpy.load` reads.
///
/// `\x93NUMPY`, version 1.0, the length of the header as little-endian 16 bits, a Python dictionary
/// padded with blanks to a multiple of 64 bytes and ended by a line feed, then the elements, row after
/// row, little-endian. Bytes are those of `numpy.save`, which leaves room for the first dimension to
/// grow to 21 digits. A note of our own may follow, which numpy passes over.
///
/// Source: numpy, `numpy/lib/format.py`, "Format Version 1.0".
package struct NPYFile: Sendable, Equatable {
  package let rows: Int
  package let columns: Int
  /// `[rows, columns]`.
  package let values: [Float]
  /// What follows the elements, where numpy reads no more: text of Unroll's own, in UTF-8.
  package let note: String?

  package init(rows: Int, columns: Int, values: [Float], note: String? = nil) {
    precondition(values.count == rows * columns, "\(values.count) values for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.note = note
  }

  /// All of the file but the elements.
  var header: [UInt8] {
    NPYHeader.bytes(type: "<f4", shape: [rows, columns])
  }

  /// Replaces the file at `url`, whole or not at all.
  package func write(to url: URL) throws {
    try AtomicFile.write(to: url) { writer in
      try header.withUnsafeBytes { try writer.append($0) }
      try values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { try writer.append($0) }
      guard var note else { return }
      let digest = note.withUTF8 { ContentDigest.of(UnsafeRawBufferPointer($0)) }
      try writer.append(Self.noteMagic + digest.hexadecimal + "\n" + note)
    }
  }

  /// How a note begins; the digest of its text follows, and a line feed.
  private static let noteMagic = "\nunroll note xxh64:"
  private static let noteFrontSize = noteMagic.utf8.count + 17

  /// Nil if `bytes` are no whole note.
  private static func note(_ bytes: [UInt8]) -> String? {
    let (front, text) = (bytes.prefix(noteFrontSize), bytes.dropFirst(noteFrontSize))
    let digest = text.withUnsafeBytes { ContentDigest.of($0) }
    guard front.elementsEqual((noteMagic + digest.hexadecimal + "\n").utf8) else { return nil }
    return String(validating: text, as: UTF8.self)
  }

  /// Reads a file of `f4` or `f8`, rows first, of two dimensions.
  ///
  /// Throws a `UserError` that names the file and says what it holds instead.
  package init(contentsOf url: URL) throws {
    let file = try RegularFile(url)
    func refuse(_ what: String) -> UserError {
      UserError(
        "'\(url.relativePath)' \(what)",
        hint: "expected what unroll embed, or numpy.save of a float32 matrix, writes")
    }
    let front = try file.bytes(0..<min(12, file.count))
    guard front.count >= 10, front.starts(with: NPYHeader.magic) else {
      throw refuse("is no .npy file")
    }
    let isLong = front[6] > 1
    guard (1...3).contains(front[6]), front.count >= 12 else {
      throw refuse("is an .npy file of version \(front[6]).\(front[7]), expected 1.0 to 3.0")
    }
    let size = (0..<(isLong ? 4 : 2)).reduce(0) { $0 | Int(front[8 + $1]) << (8 * $1) }
    let start = (isLong ? 12 : 10) + size
    guard start <= file.count else { throw refuse("is cut off inside its header") }
    guard let header = NPYHeader(try file.bytes(0..<start)) else {
      throw refuse("has no header that says its shape")
    }
    guard header.type == "<f4" || header.type == "<f8", !header.isFortranOrder else {
      throw refuse(
        "holds '\(header.type)' \(header.isFortranOrder ? "columns" : "rows") first, "
          + "expected '<f4' or '<f8' rows first")
    }
    guard header.shape.count == 2, header.shape[0] >= 0, header.shape[1] > 0 else {
      throw refuse("has the shape \(header.shape), expected two dimensions")
    }
    let (rows, columns) = (header.shape[0], header.shape[1])
    let width = header.type == "<f4" ? 4 : 8
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let end = overflow || count > file.count / width ? .max : start + count * width
    let note = end < file.count ? Self.note(try file.bytes(end..<file.count)) : nil
    guard end == file.count || note != nil else {
      throw refuse(
        "holds \(file.count - start) bytes of elements, expected those of shape \(header.shape)")
    }
    var values: [Float] = []
    values.reserveCapacity(count)
    try file.forEachBlock(in: start..<end) { block in
      for offset in stride(from: 0, to: block.count, by: width) {
        values.append(
          width == 4
            ? Float(
              bitPattern: UInt32(
                littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            : Float(
              Double(
                bitPattern: UInt64(
                  littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))))
      }
    }
    self.init(rows: rows, columns: columns, values: values, note: note)
  }
}
