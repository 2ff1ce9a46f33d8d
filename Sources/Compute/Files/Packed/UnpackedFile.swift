import Foundation

/// The content of a file, or of standard input, unpacked while it is read if it is compressed with gzip, zstd
/// or xz.
///
/// It is what its first bytes say, whatever its name. Several compressed members after one another
/// give their contents after one another.
package final class UnpackedFile: ByteSource {
  private let file: any ByteSource
  private let decoder: any Decoder
  private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  /// What was read from the file and not decoded yet.
  private var pending = 0..<0
  private var isAtEnd = false
  /// Bytes of the file that were decoded.
  private var position = 0

  /// Something that turns compressed bytes into plain ones, piece by piece.
  package protocol Decoder: AnyObject {
    /// Decodes from the front of `input` to the front of `output`; returns how far it came in both.
    ///
    /// Throws a `DamagedArchive`.
    func decode(
      _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws -> (consumed: Int, produced: Int)

    /// The last member is complete: the bytes may end here.
    var isComplete: Bool { get }
  }

  /// Why compressed bytes cannot be decoded.
  package struct DamagedArchive: Error {
    package let reason: String
  }

  /// The content of a file, plain or compressed.
  ///
  /// Throws a `UserError` as `InputFile` does, and for a compressed file if the library that unpacks it
  /// is not there.
  package static func open(_ url: URL) throws -> any ByteSource {
    let file = try InputFile(url)
    var begin = [UInt8](repeating: 0, count: Compression.markLength)
    let count = try begin.withUnsafeMutableBytes { try file.fill($0) }
    file.seek(to: 0)
    guard let kind = Compression(begin[..<count]) else { return file }
    return UnpackedFile(file, try kind.decoder(for: file.place))
  }

  fileprivate init(_ file: any ByteSource, _ decoder: any Decoder) {
    self.file = file
    self.decoder = decoder
  }

  deinit { block.deallocate() }

  package var place: String { file.place }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if pending.isEmpty, !isAtEnd {
        pending = 0..<(try file.fill(block))
        isAtEnd = pending.count < block.count
      }
      let step: (consumed: Int, produced: Int)
      do {
        step = try decoder.decode(
          UnsafeRawBufferPointer(rebasing: block[pending]), into: buffer)
      } catch let error as DamagedArchive {
        throw UserError(
          "\(place) is compressed and damaged at byte \(position): \(error.reason)",
          hint: "fetch it again")
      }
      pending = pending.lowerBound + step.consumed..<pending.upperBound
      position += step.consumed
      if step.produced > 0 { return step.produced }
      if pending.isEmpty, isAtEnd {
        guard decoder.isComplete else {
          throw UserError(
            "\(place) is compressed and cut short: it ends at byte \(position)",
            hint: "fetch it again")
        }
        return 0
      }
      guard step.consumed > 0 || pending.isEmpty else {
        throw UserError(
          "\(place) is compressed and damaged at byte \(position): bytes that mean nothing",
          hint: "fetch it again")
      }
    }
  }
}

/// What comes as it comes, such as standard input, and is unpacked if it begins as compressed bytes do.
package final class UnpackedStream: ByteSource {
  private let source: any ByteSource
  /// What was looked at and not handed out yet.
  private var begin: [UInt8] = []
  private var isKnown = false
  private var unpacked: UnpackedFile?

  package init(_ source: any ByteSource) { self.source = source }

  package var place: String { source.place }
  package var isReady: Bool { unpacked != nil || !begin.isEmpty || source.isReady }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !isKnown { try look() }
    if let unpacked { return try unpacked.read(into: buffer) }
    guard !begin.isEmpty else { return try source.read(into: buffer) }
    let count = min(buffer.count, begin.count)
    for index in 0..<count { buffer[index] = begin[index] }
    begin.removeFirst(count)
    return count
  }

  /// Reads as long as what has come could be the beginning of a mark: nobody who types waits for an answer
  /// to bytes that are none.
  private func look() throws {
    isKnown = true
    while begin.count < Compression.markLength, Compression.mayBegin(begin) {
      var next: UInt8 = 0
      guard try withUnsafeMutableBytes(of: &next, { try source.read(into: $0) }) > 0 else { break }
      begin.append(next)
    }
    guard let kind = Compression(begin) else { return }
    unpacked = UnpackedFile(Joined(begin, source), try kind.decoder(for: place))
    begin = []
  }

  /// Bytes before those of a source.
  private final class Joined: ByteSource {
    private var begin: ArraySlice<UInt8>
    private let source: any ByteSource

    init(_ begin: [UInt8], _ source: any ByteSource) {
      self.begin = begin[...]
      self.source = source
    }

    var place: String { source.place }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      guard let byte = begin.popFirst() else { return try source.read(into: buffer) }
      buffer[0] = byte
      return 1
    }
  }
}

/// How a file is compressed.
package enum Compression {
  case gzip, zstandard, xz

  /// Bytes that tell it.
  package static let markLength = 6

  private static let marks: [(kind: Compression, bytes: [UInt8])] = [
    (.gzip, [0x1F, 0x8B]), (.zstandard, [0x28, 0xB5, 0x2F, 0xFD]),
    (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
  ]

  /// What begins like this; nil for what is not compressed.
  package init?(_ begin: some Collection<UInt8>) {
    guard let mark = Self.marks.first(where: { begin.starts(with: $0.bytes) }) else { return nil }
    self = mark.kind
  }

  /// Whether more bytes behind these could make a mark.
  static func mayBegin(_ bytes: [UInt8]) -> Bool {
    marks.contains { bytes.count < $0.bytes.count && $0.bytes.starts(with: bytes) }
  }

  /// The endings that tell nothing about the content.
  static let fileExtensions: Set<String> = ["gz", "zst", "xz"]

  func decoder(for place: String) throws -> any UnpackedFile.Decoder {
    switch self {
    case .gzip: try GzipDecoder(for: "\(place): gzip")
    case .zstandard: try ZstandardDecoder(for: "\(place): zstd")
    case .xz: try XZDecoder(for: "\(place): xz")
    }
  }
}

extension URL {
  /// The name's ending in lower case, that of the content where the file is compressed: `csv` of
  /// `a.CSV.gz`.
  package var contentExtension: String {
    let last = pathExtension.lowercased()
    guard Compression.fileExtensions.contains(last) else { return last }
    return deletingPathExtension().pathExtension.lowercased()
  }
}
