import Compute
import Foundation

/// The members of a ZIP archive, stored or deflated, as numpy's `.npz` files have them.
///
/// Source: PKWARE, "APPNOTE.TXT – .ZIP File Format Specification", version 6.3.10.
package struct ZIPArchive {
  private struct Member {
    let offset: Int
    let packed: Int
    let size: Int
    let method: Int
    let checksum: UInt32
  }

  private let place: String
  private let bytes: [UInt8]
  private var members: [String: Member] = [:]

  /// The names of the members, sorted.
  package var names: [String] { members.keys.sorted() }

  /// Reads the archive's directory; the file may be compressed once more. Throws a `UserError` that names the file if it has none.
  package init(_ url: URL) throws {
    let file = try UnpackedFile.open(url)
    place = file.place
    bytes = try file.rest()
    try readDirectory()
  }

  /// The content of a member; nil if there is none of that name.
  ///
  /// Throws a `UserError` that names file and member for one that is damaged or packed otherwise.
  package func content(of name: String) throws -> [UInt8]? {
    guard let member = members[name] else { return nil }
    func refuse(_ what: String) -> UserError {
      UserError("\(place): '\(name)' \(what)", hint: "write the file again")
    }
    let header = member.offset
    guard header + 30 <= bytes.count, number(header, 4) == 0x0403_4B50 else {
      throw refuse("does not stand where the directory says")
    }
    let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
    guard start <= bytes.count, member.packed <= bytes.count - start else {
      throw refuse("is cut off")
    }
    let packed = bytes[start..<start + member.packed]
    let content: [UInt8]
    switch member.method {
    case 0: content = Array(packed)
    case 8: content = try inflated(packed, size: member.size, refuse)
    default: throw refuse("is packed by method \(member.method), expected stored or deflated")
    }
    guard content.count == member.size, CRC32.zip.checksum(of: content) == member.checksum else {
      throw refuse("is damaged: its checksum is another")
    }
    return content
  }

  private func inflated(
    _ packed: ArraySlice<UInt8>, size: Int, _ refuse: (String) -> UserError
  ) throws -> [UInt8] {
    let decoder = try GzipDecoder(for: "\(place): deflated data", isBare: true)
    var (rest, content) = (packed, [UInt8]())
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while !decoder.isComplete {
      let step: (consumed: Int, produced: Int)
      do {
        step = try rest.withUnsafeBytes { input in
          try block.withUnsafeMutableBytes { try decoder.decode(input, into: $0) }
        }
      } catch let error as UnpackedFile.DamagedArchive {
        throw refuse("is damaged: \(error.reason)")
      }
      rest = rest.dropFirst(step.consumed)
      content += block[..<step.produced]
      guard step.consumed + step.produced > 0 || decoder.isComplete, content.count <= size else {
        throw refuse("is damaged")
      }
    }
    return content
  }

  // MARK: The directory

  private mutating func readDirectory() throws {
    let damaged = UserError(
      "\(place) is no whole ZIP archive", hint: "name a file that numpy.savez wrote")
    // The end record stands at most a comment of 64 KiB before the end.
    let first = max(0, bytes.count - 22 - 65535)
    guard bytes.count >= 22,
      let end = (first...bytes.count - 22).last(where: { number($0, 4) == 0x0605_4B50 })
    else { throw damaged }
    var (count, place) = (number(end + 10, 2), number(end + 16, 4))
    // Archives beyond 4 GiB have a second record before that.
    if place == 0xFFFF_FFFF || count == 0xFFFF, end >= 20, number(end - 20, 4) == 0x0706_4B50 {
      let far = number(end - 12, 8)
      guard far >= 0, far <= bytes.count - 56 else { throw damaged }
      (count, place) = (number(far + 32, 8), number(far + 48, 8))
    }
    for _ in 0..<max(0, min(count, bytes.count / 46)) {
      guard place >= 0, place <= bytes.count - 46, number(place, 4) == 0x0201_4B50 else {
        throw damaged
      }
      let (name, extra) = (number(place + 28, 2), number(place + 30, 2))
      let next = place + 46 + name + extra + number(place + 32, 2)
      guard next <= bytes.count else { throw damaged }
      var fields = [number(place + 24, 4), number(place + 20, 4), number(place + 42, 4)]
      readLarge(&fields, place + 46 + name..<place + 46 + name + extra)
      guard fields.allSatisfy({ (0...1 << 48).contains($0) }) else { throw damaged }
      members[String(decoding: bytes[place + 46..<place + 46 + name], as: UTF8.self)] = Member(
        offset: fields[2], packed: fields[1], size: fields[0], method: number(place + 10, 2),
        checksum: UInt32(truncatingIfNeeded: number(place + 16, 4)))
      place = next
    }
  }

  /// Sizes and offset that do not fit 32 bits stand in an extra field, in this order.
  private func readLarge(_ fields: inout [Int], _ range: Range<Int>) {
    var place = range.lowerBound
    while place + 4 <= range.upperBound {
      let (kind, size) = (number(place, 2), number(place + 2, 2))
      var value = place + 4
      place = value + size
      guard kind == 1, place <= range.upperBound else { continue }
      for index in fields.indices where fields[index] == 0xFFFF_FFFF && value + 8 <= place {
        fields[index] = number(value, 8)
        value += 8
      }
    }
  }

  /// A little-endian number of `count` bytes.
  private func number(_ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}
