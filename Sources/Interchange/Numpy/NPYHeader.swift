import Foundation

/// What stands before the elements of an `.npy` file, see `NPYFile`.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// As `numpy.dtype.str` says it: `<f4`.
  let type: String
  let isFortranOrder: Bool
  /// -1 for what is no number.
  let shape: [Int]
  /// Where the elements begin.
  let end: Int

  /// Nil for bytes that do not begin with one, whole.
  init?(_ bytes: some RandomAccessCollection<UInt8>) {
    let start = bytes.startIndex
    func byte(_ place: Int) -> Int { Int(bytes[bytes.index(start, offsetBy: place)]) }
    guard bytes.count >= 12, bytes.starts(with: Self.magic), (1...3).contains(byte(6)) else {
      return nil
    }
    let isLong = byte(6) > 1
    let size = (0..<(isLong ? 4 : 2)).reduce(0) { $0 | byte(8 + $1) << (8 * $1) }
    let begin = isLong ? 12 : 10
    guard size <= bytes.count - begin else { return nil }
    end = begin + size
    let text = String(decoding: bytes.dropFirst(begin).prefix(size), as: UTF8.self)
    guard let type = Self.value(of: "descr", in: text),
      let order = Self.value(of: "fortran_order", in: text),
      let shape = Self.value(of: "shape", in: text)
    else { return nil }
    self.type = type.trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
    isFortranOrder = order != "False"
    self.shape = shape.dropFirst().dropLast().split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }.map { Int($0) ?? -1 }
    // More than numpy has: 64 dimensions, and types of a few letters but for those with fields.
    guard self.shape.count <= 64, self.type.utf8.count <= 64 || self.type.hasPrefix("[") else {
      return nil
    }
  }

  /// As numpy writes it, version 1.0, for rows first.
  ///
  /// - Parameter shape: not empty.
  static func bytes(type: String, shape: [Int]) -> [UInt8] {
    // A tuple of one has a comma too.
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let description = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let growth = max(0, 21 - String(shape[0]).utf8.count)
    let text = Array(description.utf8) + [UInt8](repeating: 0x20, count: growth)
    let length = magic.count + 4 + text.count + 1
    // A header that is aligned already gets 64 blanks more, as numpy's does.
    let padding = 64 - length % 64
    let size = text.count + padding + 1
    return magic + [1, 0, UInt8(size & 0xFF), UInt8(size >> 8)] + text
      + [UInt8](repeating: 0x20, count: padding) + [0x0A]
  }

  /// The text of a value of the header's dictionary, up to the comma outside brackets.
  private static func value(of key: String, in header: String) -> String? {
    guard let found = header.range(of: "'\(key)':") else { return nil }
    var depth = 0
    var text = ""
    for character in header[found.upperBound...] {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if depth <= 0, character == "," || character == "}" { break }
      text.append(character)
    }
    return text.trimmingCharacters(in: .whitespaces)
  }
}
