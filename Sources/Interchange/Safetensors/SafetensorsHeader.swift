import Compute
import Foundation

/// One tensor of a safetensors file.
package struct TensorInfo: Equatable, Sendable {
  package let type: TensorType
  /// Row-major; empty for a scalar.
  package let shape: [Int]
  /// Bytes of the file's data part, which begins right after the header.
  package let byteRange: Range<Int>

  // Not of the shape: of one with a 0 the other dimensions may have any product.
  package var elementCount: Int { byteRange.count * 8 / type.bitWidth }
}

/// Why a header is refused. `SafetensorsFile` adds the file's name.
struct SafetensorsFlaw: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }

  /// What a file is in place of safetensors, by its first eight bytes; nil if they do not tell.
  ///
  /// A header may be as long as some of these bytes say: only a file with a flaw is looked at.
  static func ofAnotherForm(_ begin: [UInt8], _ url: URL) -> UserError? {
    func error(_ what: String, _ hint: String) -> UserError {
      UserError("'\(url.relativePath)' is \(what), expected a safetensors file", hint: hint)
    }
    if begin.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return error(
        "a ZIP archive, as torch.save writes",
        "save it with safetensors.torch.save_file(torch.load(FILE), NEW)")
    }
    if begin.starts(with: "version ".utf8) {
      return error("a pointer of Git LFS", "fetch the file itself, as with: git lfs pull")
    }
    // A length has zeros among its bytes.
    if begin.first == UInt8(ascii: "{"), begin.count == 8, !begin.contains(0) {
      return error(
        "a text in JSON, as model.safetensors.index.json",
        "name a file that ends in .safetensors; of an index merge those that it names into one")
    }
    return nil
  }
}

/// The JSON in front of the data: what the file holds and where.
///
/// Everything the format forbids is refused here, so that a range taken from a parsed header always
/// lies inside the file and no two tensors share a byte. What the format leaves open is decided as the
/// Python reader decides it: of two tensors or notes with one name the last is meant, white space may
/// stand around the header. `SafetensorsVerdictTests` compares.
struct SafetensorsHeader {
  /// The reference implementation's limit, in bytes.
  static let longest = 100_000_000
  static let metadataName = "__metadata__"

  var tensors: [String: TensorInfo] = [:]
  var metadata: [String: String] = [:]
  /// Bytes from the start of the file to the data.
  let dataOffset: Int

  /// Bytes of the length that comes first.
  static let lengthSize = 8

  /// Bytes that `init` needs of a file of `count` bytes that begins with `length`.
  static func frontCount(_ length: UnsafeRawBufferPointer, of count: Int) -> Int {
    guard length.count >= lengthSize else { return length.count }
    let size = UInt64(littleEndian: length.loadUnaligned(as: UInt64.self))
    return size <= min(longest, count - lengthSize) ? lengthSize + Int(size) : lengthSize
  }

  /// - Parameters:
  ///   - front: the first bytes of the file, up to the data at least; fewer where there is no header.
  ///   - count: bytes of the whole file.
  /// - Throws: a `SafetensorsFlaw`.
  init(front: UnsafeRawBufferPointer, of count: Int) throws {
    let json = try Self.jsonBytes(of: front, count)
    dataOffset = Self.lengthSize + json.count
    let members: [JSONValue.Member]
    do throws(JSONError) {
      guard
        case .object(let found) = try JSONValue(parsing: json, names: .repeatable, deepest: 127)
      else {
        throw JSONError(reason: "expected an object", offset: 0)
      }
      members = found
    } catch {
      throw SafetensorsFlaw("its header is not JSON: \(error)")
    }
    guard members.count(where: { $0.name == Self.metadataName }) < 2 else {
      throw SafetensorsFlaw("it has '\(Self.metadataName)' twice")
    }
    var spellings: [String: Spelling] = [:]
    for member in members {
      if member.name == Self.metadataName {
        metadata = try Self.metadata(from: member.value)
        continue
      }
      let spelling = Spelling(member.name)
      guard spellings.updateValue(spelling, forKey: member.name) ?? spelling == spelling else {
        throw SafetensorsFlaw("two tensors are named '\(member.name)', in different bytes")
      }
      tensors[member.name] = try Self.tensor(named: member.name, from: member.value)
    }
    try checkTiling(of: count - dataOffset)
  }

  /// The header's bytes without the length in front, with the padding.
  private static func jsonBytes(
    of front: UnsafeRawBufferPointer, _ count: Int
  ) throws -> UnsafeRawBufferPointer {
    guard count >= lengthSize else {
      throw SafetensorsFlaw("expected at least 8 bytes, found \(count)")
    }
    let length = UInt64(littleEndian: front.loadUnaligned(as: UInt64.self))
    guard length <= longest else {
      throw SafetensorsFlaw("expected a header of at most \(longest) bytes, found \(length)")
    }
    guard Int(length) <= count - lengthSize else {
      throw SafetensorsFlaw(
        "its header should have \(length) bytes, but only \(count - lengthSize) follow")
    }
    let json = UnsafeRawBufferPointer(rebasing: front[lengthSize..<lengthSize + Int(length)])
    // Other JSON may begin with a byte order mark.
    guard json.first != 0xEF else {
      throw SafetensorsFlaw("its header does not begin with '{'")
    }
    return json
  }

  private static func metadata(from value: JSONValue) throws -> [String: String] {
    if case .null = value { return [:] }
    guard case .object(let members) = value else {
      throw SafetensorsFlaw("'\(metadataName)' is not an object")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw SafetensorsFlaw("'\(metadataName)' holds '\(member.name)', which is not a string")
      }
      metadata[member.name] = text
    }
    return metadata
  }

  private static let fields = ["dtype", "shape", "data_offsets"]

  /// The fields of a tensor by name, or in their order without names.
  private static func fields(of value: JSONValue, _ name: String) throws -> [JSONValue] {
    switch value {
    case .array(let values) where values.count == fields.count: return values
    case .object(let members):
      return try fields.map { field in
        let found = members.filter { $0.name == field }
        guard found.count == 1 else {
          throw SafetensorsFlaw(
            "tensor '\(name)' has \(found.isEmpty ? "no \(field)" : "\(field) twice")")
        }
        return found[0].value
      }
    default: throw SafetensorsFlaw("tensor '\(name)' is no object")
    }
  }

  private static func tensor(named name: String, from value: JSONValue) throws -> TensorInfo {
    let fields = try fields(of: value, name)
    var typeName = fields[0].string
    // The other way in which the reference implementation's library spells a choice.
    if case .object(let members) = fields[0], members.count == 1, case .null = members[0].value {
      typeName = members[0].name
    }
    guard let typeName else { throw SafetensorsFlaw("tensor '\(name)' has no dtype") }
    guard let type = TensorType(rawValue: typeName) else {
      throw SafetensorsFlaw("tensor '\(name)' has the unknown dtype '\(typeName)'")
    }
    guard let shape = fields[1].array?.wholeNumbers else {
      throw SafetensorsFlaw("tensor '\(name)' has no shape of whole numbers")
    }
    guard let offsets = fields[2].array?.wholeNumbers, offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw SafetensorsFlaw("tensor '\(name)' has no two data_offsets in order") }
    guard let byteCount = type.byteCount(shape: shape) else {
      throw SafetensorsFlaw("tensor '\(name)' has the impossible shape \(shape) of \(typeName)")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw SafetensorsFlaw(
        "tensor '\(name)' of shape \(shape) and dtype \(typeName) takes \(byteCount) bytes, "
          + "but its data_offsets span \(offsets[1] - offsets[0])")
    }
    return TensorInfo(type: type, shape: shape, byteRange: offsets[0]..<offsets[1])
  }

  /// The tensors, put in order, must cover the data part from its first byte to its last.
  private func checkTiling(of dataCount: Int) throws {
    let ordered = tensors.sorted {
      let (a, b) = ($0.value.byteRange, $1.value.byteRange)
      return (a.lowerBound, a.upperBound, $0.key) < (b.lowerBound, b.upperBound, $1.key)
    }
    var end = 0
    for (name, tensor) in ordered {
      guard tensor.byteRange.lowerBound == end else {
        let fault = tensor.byteRange.lowerBound > end ? "leaves a gap after" : "overlaps"
        throw SafetensorsFlaw(
          "tensor '\(name)' begins at byte \(tensor.byteRange.lowerBound) and \(fault) "
            + "the one that ends at \(end)")
      }
      end = tensor.byteRange.upperBound
    }
    guard end == dataCount else {
      throw SafetensorsFlaw("expected \(end) bytes of data, found \(dataCount)")
    }
  }
}

extension [JSONValue] {
  /// The elements as integers that are not negative, if they all are.
  fileprivate var wholeNumbers: [Int]? {
    let numbers = compactMap(\.integer).filter { $0 >= 0 }
    return numbers.count == count ? numbers : nil
  }
}
