import Compute
/// Where a safetensors file notes the digest of its own content.
///
/// The digest covers every byte of the file, the length in front included, with its own digits read
/// as zeros. It stands at a fixed place, first in the metadata, so that writer and reader need no
/// search and the writer can fill it in after the data went by.
enum SafetensorsDigest {
  static let key = "digest"
  static let algorithm = "xxh64:"
  static let digitCount = 16
  static let placeholder = algorithm + String(repeating: "0", count: digitCount)

  /// How the header of a file with a digest begins, up to the digits.
  static let opening = "{\"\(SafetensorsHeader.metadataName)\":{\"\(key)\":\"\(algorithm)"
  /// Where the digits stand in the file.
  static var digits: Range<Int> { 8 + opening.utf8.count..<8 + opening.utf8.count + digitCount }

  /// The digits a file notes; nil if it has no digest at the writer's place.
  ///
  /// - Parameter front: the bytes before the data.
  static func noted(in front: UnsafeRawBufferPointer) -> String? {
    guard front.count > digits.upperBound, front[digits.upperBound] == UInt8(ascii: "\""),
      front[8..<digits.lowerBound].elementsEqual(opening.utf8)
    else { return nil }
    return String(decoding: front[digits], as: UTF8.self)
  }

  /// The digits a file should note. `front` must be longer than `digits.upperBound`.
  static func compute(of file: RegularFile, front: UnsafeRawBufferPointer) throws -> String {
    var digest = ContentDigest()
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: digitCount)
    digest.update(UnsafeRawBufferPointer(rebasing: front[..<digits.lowerBound]))
    zeros.withUnsafeBytes { digest.update($0) }
    try file.forEachBlock(in: digits.upperBound..<file.count) { digest.update($0) }
    return digest.hexadecimal
  }
}
