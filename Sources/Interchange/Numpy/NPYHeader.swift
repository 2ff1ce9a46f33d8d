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
