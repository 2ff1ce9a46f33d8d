import Compute
import Foundation

/// A safetensors file, checked: https://github.com/huggingface/safetensors.
///
/// Opening reads the header only; a tensor is read when it is copied. All errors are
/// `UserError`s that name the file and the reason.
package struct SafetensorsFile: Sendable {
  package let url: URL
  package let tensors: [String: TensorInfo]
  /// The file's own notes, among them `format` and, from `SafetensorsWriter`, `digest`.
  package let metadata: [String: String]
  private let file: RegularFile
  private let front: [UInt8]
  private let dataOffset: Int

  /// Opens `url` and checks its header against every rule of the format.
  ///
  /// With `verifyDigest` the whole file is read, as fast as memory or disk give it, and a
  /// file without a digest is refused, so that a single changed byte anywhere is found.
  package static func open(_ url: URL, verifyDigest: Bool = false) throws -> SafetensorsFile {
    let file = try SafetensorsFile(url)
    if verifyDigest { try file.verifyDigest() }
    return file
  }

  private init(_ url: URL) throws {
    self.url = url
    let file = try RegularFile(url)
    let length = try file.bytes(0..<min(file.count, SafetensorsHeader.lengthSize))
    let count = length.withUnsafeBytes { SafetensorsHeader.frontCount($0, of: file.count) }
    let front = try file.bytes(0..<count)
    (self.file, self.front) = (file, front)
    do {
      let header = try front.withUnsafeBytes {
        try SafetensorsHeader(front: $0, of: file.count)
      }
      (tensors, metadata) = (header.tensors, header.metadata)
      dataOffset = header.dataOffset
    } catch let flaw as SafetensorsFlaw {
      if let error = SafetensorsFlaw.ofAnotherForm(length, url) { throw error }
      throw UserError(
        "'\(url.relativePath)' is not a whole safetensors file: \(flaw.reason)",
        hint: "it may have been cut off while it was copied; use another copy or checkpoint")
    }
  }

  /// The tensor of that name.
  package func tensor(_ name: String) throws -> TensorInfo {
    guard let tensor = tensors[name] else {
      throw UserError("'\(url.relativePath)' holds no tensor '\(name)'")
    }
    return tensor
  }

  /// Calls `body` with the tensor's bytes: row-major, little-endian, valid during the call only.
  ///
  /// - Parameter part: of its bytes, all that are read; nil: all of them.
  package func withBytes<Result>(
    of name: String, part: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let whole = try tensor(name).byteRange
    let range =
      part.map { whole.lowerBound + $0.lowerBound..<whole.lowerBound + $0.upperBound } ?? whole
    precondition(range.upperBound <= whole.upperBound, "bytes behind the tensor '\(name)'")
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 64)
    defer { buffer.deallocate() }
    try file.read(into: buffer, at: dataOffset + range.lowerBound)
    return try body(UnsafeRawBufferPointer(buffer))
  }

  /// Copies a tensor's bytes as they are. Refuses a tensor that is not of `type`, or that does not
  /// fill `target` exactly.
  package func copyBytes(
    _ name: String, type: TensorType, into target: UnsafeMutableRawBufferPointer
  ) throws {
    let found = try tensor(name)
    guard found.type == type, found.byteRange.count == target.count else {
      throw mismatch(name, expected: "\(target.count) bytes of \(type.rawValue)")
    }
    try file.read(into: target, at: dataOffset + found.byteRange.lowerBound)
  }

  /// Copies a tensor of `count` elements to `target` as `Float`.
  ///
  /// F32 is copied as it is, F16 and BF16 are widened exactly, F64 is rounded to nearest; any other
  /// type is refused.
  package func copy(
    _ name: String, into target: UnsafeMutablePointer<Float>, count: Int
  ) throws {
    let found = try tensor(name)
    guard found.elementCount == count else {
      throw mismatch(name, expected: "\(count) elements")
    }
    if found.type == .f32 {
      let bytes = UnsafeMutableRawBufferPointer(start: target, count: 4 * count)
      return try copyBytes(name, type: .f32, into: bytes)
    }
    try withBytes(of: name) { bytes in
      switch found.type {
      case .f64:
        for index in 0..<count {
          let bits = bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
          target[index] = Float(Double(bitPattern: UInt64(littleEndian: bits)))
        }
      case .bf16:
        for index in 0..<count {
          let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
          target[index] = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
        }
      case .f16:
        for index in 0..<count {
          let bits = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
          target[index] = HalfFloat.widen(UInt16(littleEndian: bits))
        }
      default: throw mismatch(name, expected: "F32, F64, F16 or BF16")
      }
    }
  }

  /// A tensor's elements as `Float`, converted as in `copy(_:into:count:)`.
  package func floats(_ name: String) throws -> [Float] {
    let count = try tensor(name).elementCount
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { try copy(name, into: start, count: count) }
      initialized = count
    }
  }

  /// Compares the content with the digest that `SafetensorsWriter` noted.
  ///
  /// Throws if they differ, or if there is none where the writer puts it: other tools that save the
  /// file anew move it or drop it.
  package func verifyDigest() throws {
    guard let expected = front.withUnsafeBytes({ SafetensorsDigest.noted(in: $0) }) else {
      throw UserError(
        "'\(url.relativePath)' carries no digest that could prove it whole",
        hint: "only files that unroll wrote, and no other tool rewrote, carry one")
    }
    let found = try front.withUnsafeBytes { try SafetensorsDigest.compute(of: file, front: $0) }
    guard expected == found else {
      throw UserError(
        "'\(url.relativePath)' is damaged: expected the digest \(expected), found \(found)",
        hint: "use another copy or checkpoint")
    }
  }

  private func mismatch(_ name: String, expected: String) -> UserError {
    guard let found = tensors[name] else {
      return UserError("'\(url.relativePath)' holds no tensor '\(name)'")
    }
    return UserError(
      "'\(url.relativePath)' holds '\(name)' as \(found.type.rawValue) \(found.shape), "
        + "but \(expected) were expected")
  }
}
