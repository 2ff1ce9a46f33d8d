import Compute
import Foundation

/// A tokenised corpus: ids 0 ..< vocabulary size in a file that is mapped, not read, so that its
/// size does not matter. From another machine's disk it is read, where memory allows: see `open`.
///
/// Format, little-endian, 64 bytes of header, then the ids:
///
/// | bytes | content |
/// |---|---|
/// | 0 ..< 8 | `UNRLTOKN` |
/// | 8 ..< 12 | format version, 1 |
/// | 12 ..< 16 | bytes an id: 1, 2 or 4, the least that holds the vocabulary |
/// | 16 ..< 24 | number of ids |
/// | 24 ..< 32 | vocabulary size |
/// | 32 ..< 40 | vocabulary digest, `Vocabulary.digest` |
/// | 40 ..< 48 | 0; files of earlier versions may have something here |
/// | 48 ..< 56 | `ContentDigest` of the ids as stored |
/// | 56 ..< 64 | `ContentDigest` of bytes 0 ..< 56 |
///
/// A file is complete if its length and both digests are right, never because of its name.
///
/// `@unchecked Sendable`: the memory is only read, and lives as long as the object.
package final class TokenFile: TokenSource, @unchecked Sendable {
  static let magic: UInt64 = 0x4E4B_4F54_4C52_4E55  // "UNRLTOKN"
  static let version: UInt32 = 1
  static let headerSize = 64

  package let url: URL
  /// The number of ids.
  package let count: Int
  /// Every id is below this.
  package let vocabularySize: Int
  /// The `Vocabulary.digest` of the vocabulary that the ids belong to.
  package let vocabularyDigest: UInt64
  /// Tells contents apart: equal for equal ids in equal widths. A checkpoint can hold it to be sure
  /// that it resumes on the same data.
  package let contentDigest: UInt64

  let width: Int
  private let file: InputFile
  private let memory: FileMemory
  private var ids: UnsafeRawPointer { memory.base + Self.headerSize }

  /// Maps the file and checks it.
  ///
  /// With `verifyingContent` every id is read once, 0.1 ns a byte from memory; without, damage
  /// inside the ids goes unnoticed. Throws a `UserError` that says why the file cannot be used.
  ///
  /// - Parameter isMapped: nil maps files on disks of this machine, and others that would take more than a
  ///   quarter of its memory.
  package static func open(
    _ url: URL, verifyingContent: Bool = true, isMapped: Bool? = nil
  ) throws -> TokenFile {
    try TokenFile(url, verifyingContent: verifyingContent, isMapped: isMapped)
  }

  private init(_ url: URL, verifyingContent: Bool, isMapped: Bool?) throws {
    self.url = url
    let path = url.path
    let damaged = { (what: String) in
      UserError("'\(path)' is no complete token file: \(what)", hint: "delete it and run again")
    }
    file = try InputFile(url)
    let length = file.length
    guard length >= Self.headerSize else {
      throw damaged("it has \(length) bytes, expected at least \(Self.headerSize)")
    }
    let isLarge = length > (SystemMemory.total ?? .max) / 4
    memory = try FileMemory(file, isMapped: isMapped ?? (isLarge || !file.isRemote))

    let header = UnsafeRawBufferPointer(start: memory.base, count: Self.headerSize)
    func field(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: header.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    let (versionField, widthField) = (field(8) & 0xFFFF_FFFF, field(8) >> 32)
    width = Int(widthField)
    count = Int(truncatingIfNeeded: field(16))
    vocabularySize = Int(truncatingIfNeeded: field(24))
    vocabularyDigest = field(32)
    contentDigest = field(48)
    let headerDigest = ContentDigest.of(UnsafeRawBufferPointer(rebasing: header[..<56]))

    guard field(0) == Self.magic else { throw damaged("it does not begin with UNRLTOKN") }
    guard versionField == UInt64(Self.version) else {
      throw damaged("format version \(versionField), expected \(Self.version)")
    }
    guard field(56) == headerDigest else { throw damaged("the digest of its header is wrong") }
    guard [1, 2, 4].contains(width) else { throw damaged("\(width) bytes an id") }
    let (size, overflow) = count.multipliedReportingOverflow(by: width)
    guard count >= 0, !overflow, size == length - Self.headerSize else {
      throw damaged(
        "\(length - Self.headerSize) bytes of ids, expected \(count) ids of \(width) bytes")
    }
    if verifyingContent {
      let stored = UnsafeRawBufferPointer(start: memory.base + Self.headerSize, count: size)
      let digest = Activity.run("checking", file.place) { _ in ContentDigest.of(stored) }
      guard digest == contentDigest else { throw damaged("the digest of its ids is wrong") }
    }
  }

  /// Throws a `UserError` if the file has become shorter since it was opened: whoever touches the lost part
  /// of a mapping is ended by the system. Cost: a system call, 0.2 µs.
  package func checkLength() throws {
    if memory.isMapped { try file.checkLength() }
  }

  package func expect(_ range: Range<Int>) {
    memory.expect(
      Self.headerSize + width * range.lowerBound..<Self.headerSize + width * range.upperBound)
  }

  /// Tells the system that ids are read in no order.
  package func expectNoOrder() { memory.expectNoOrder() }

  /// The id at `index`, which must be in 0 ..< `count`.
  package subscript(index: Int) -> Int32 {
    precondition(index >= 0 && index < count, "token \(index) outside 0..<\(count)")
    switch width {
    case 1: return Int32(ids.load(fromByteOffset: index, as: UInt8.self))
    case 2:
      return Int32(UInt16(littleEndian: ids.load(fromByteOffset: 2 * index, as: UInt16.self)))
    default: return Int32(littleEndian: ids.load(fromByteOffset: 4 * index, as: Int32.self))
    }
  }

  /// Leaves `stride - 1` elements between two ids as they are.
  package func copy(
    _ range: Range<Int>, into output: UnsafeMutablePointer<Int32>, stride: Int
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) outside 0..<\(count)")
    switch width {
    case 1: copy(UInt8.self, range, output, stride)
    case 2: copy(UInt16.self, range, output, stride)
    default: copy(UInt32.self, range, output, stride)
    }
  }

  @inline(__always)
  private func copy<Stored: FixedWidthInteger>(
    _ type: Stored.Type, _ range: Range<Int>, _ output: UnsafeMutablePointer<Int32>, _ stride: Int
  ) {
    // The memory is page-aligned and the header 64 bytes, so every width is aligned.
    let stored = ids.assumingMemoryBound(to: type) + range.lowerBound
    for index in 0..<range.count {
      output[index * stride] = Int32(truncatingIfNeeded: Stored(littleEndian: stored[index]))
    }
  }
}
