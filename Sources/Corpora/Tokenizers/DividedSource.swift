import Compute
import Foundation

/// A text file with blanks between words and punctuation marks, checked to be UTF-8.
final class DividedSource: ByteSource {
  private let source: any ByteSource
  private let path: String
  private var block = [UInt8](repeating: 0, count: 1 << 16)
  /// What was read and not divided yet: the begin of a line, at first of the file.
  private var line: [UInt8] = []
  /// What was divided and not handed out yet.
  private var pending: ArraySlice<UInt8> = []
  private var number = 1
  private var offset = 0

  /// Throws a `UserError` if the file cannot be opened, and for an archive and UTF-16.
  init(_ url: URL) throws {
    source = try UnpackedFile.open(url)
    path = url.path
    line = try ByteOrderMark.begin(of: source, count: TextForm.markLength)
    try TextForm.refuse(line, at: source.place)
    try TextForm.refuseWide(line, at: source.place)
  }

  var place: String { source.place }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while pending.isEmpty {
      let count = try block.withUnsafeMutableBytes { try source.read(into: $0) }
      guard count > 0 || !line.isEmpty else { return 0 }
      // What was kept has no end of a line but at the begin of the file, so that only the new block is searched;
      // the last line may have none at all.
      let end =
        count == 0
        ? line.count : block[..<count].lastIndex(of: 0x0A).map { line.count + $0 + 1 } ?? 0
      line += block[..<count]
      guard end > 0 else { continue }
      pending = ArraySlice(try divided(line[..<end]).utf8)
      line.removeFirst(end)
    }
    let part = pending.prefix(buffer.count)
    buffer.copyBytes(from: part)
    pending = pending.dropFirst(part.count)
    return part.count
  }

  private func divided(_ lines: ArraySlice<UInt8>) throws -> String {
    let bytes = Array(lines)
    let verdict = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { TextCheck.verdict($0, count: buffer.count) }
    }
    if case .fault(let fault, let position) = verdict {
      throw TextCheck.error(
        fault, path: path, offset: offset + position,
        line: number + bytes[..<position].count { $0 == 0x0A }, byte: bytes[position])
    }
    // White space is blanks behind this.
    if offset == 0, !bytes.contains(0x0A) {
      try TextForm.refuseReturns(bytes.count { $0 == 0x0D }, at: source.place)
    }
    defer {
      number += bytes.count { $0 == 0x0A }
      offset += bytes.count
    }
    return WordDivision.punctuation.divided(String(decoding: bytes, as: UTF8.self))
  }
}
