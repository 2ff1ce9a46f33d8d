import Compute
import Foundation

/// Writes tensors to a safetensors file, one after the other, without a copy of the whole.
///
/// ```swift
/// var writer = SafetensorsWriter(metadata: ["unroll.update": "1200"])
/// writer.add("rnn.bias_ih_l0", shape: [2048], floats: bias)
/// try writer.write(to: url)
/// ```
///
/// The file holds the tensors in the reference writer's order, notes `{"format":"pt"}` for the
/// loaders that insist on it, and a digest of its whole content (see `ContentDigest`). It appears
/// under its name complete or not at all (see `AtomicFile`).
package struct SafetensorsWriter {
  /// Hands a tensor's bytes, row-major and little-endian, to the given closure: all at once, or in
  /// consecutive parts.
  package typealias Provider = ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  private struct Tensor {
    let name: String, type: TensorType, shape: [Int], byteCount: Int, provider: Provider
  }

  private var tensors: [Tensor] = []
  private let metadata: [String: String]

  /// - Parameter metadata: notes for the file; `format` and `digest` are the writer's own.
  package init(metadata: [String: String] = [:]) {
    precondition(
      metadata["format"] == nil && metadata[SafetensorsDigest.key] == nil,
      "'format' and '\(SafetensorsDigest.key)' are written by SafetensorsWriter")
    self.metadata = metadata
  }

  /// Adds a tensor whose bytes `provider` hands out when the file is written.
  ///
  /// Names must differ, and `provider` must hand out exactly the bytes that type and shape ask for.
  package mutating func add(
    _ name: String, type: TensorType, shape: [Int], provider: @escaping Provider
  ) {
    precondition(
      name != SafetensorsHeader.metadataName && !tensors.contains { $0.name == name },
      "a second tensor called '\(name)'")
    guard let byteCount = type.byteCount(shape: shape) else {
      preconditionFailure("'\(name)' has the impossible shape \(shape) of \(type.rawValue)")
    }
    tensors.append(
      Tensor(name: name, type: type, shape: shape, byteCount: byteCount, provider: provider))
  }

  /// Adds F32 elements; `floats.count` must be the product of `shape`.
  package mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, type: .f32, shape: shape) { body in
      try floats.withUnsafeBytes { try body($0) }
    }
  }

  /// Adds bytes that are already in the file's form.
  package mutating func add(_ name: String, type: TensorType, shape: [Int], bytes: [UInt8]) {
    add(name, type: type, shape: shape) { body in
      try bytes.withUnsafeBytes { try body($0) }
    }
  }

  /// Writes the file. Throws a `UserError` naming it if the system refuses, and what a provider
  /// throws; a file of that name is then still the old one.
  ///
  /// Cost: one pass over the tensors' bytes.
  package func write(to url: URL) throws {
    let ordered = tensors.sorted {
      $0.type.rank != $1.type.rank
        ? $0.type.rank > $1.type.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    let header = header(of: ordered)
    try AtomicFile.write(to: url) { file in
      var digest = ContentDigest()
      func append(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bytes)
        try file.append(bytes)
      }
      try header.withUnsafeBytes(append)
      for tensor in ordered {
        let start = file.count
        try tensor.provider(append)
        precondition(
          file.count - start == tensor.byteCount,
          "'\(tensor.name)' was announced with \(tensor.byteCount) bytes, "
            + "but \(file.count - start) were provided")
      }
      try Array(digest.hexadecimal.utf8).withUnsafeBytes {
        try file.overwrite($0, at: SafetensorsDigest.digits.lowerBound)
      }
    }
  }

  /// Length, JSON and padding, with zeros for the digest.
  private func header(of ordered: [Tensor]) -> [UInt8] {
    let notes =
      [(SafetensorsDigest.key, SafetensorsDigest.placeholder), ("format", "pt")]
      + metadata.sorted { $0.key < $1.key }
    var members = [
      JSONValue.Member(
        SafetensorsHeader.metadataName, .object(notes.map { .init($0.0, .string($0.1)) }))
    ]
    var end = 0
    for tensor in ordered {
      let begin = end
      end += tensor.byteCount
      members.append(
        .init(
          tensor.name,
          .object([
            .init("dtype", .string(tensor.type.rawValue)),
            .init("shape", .array(tensor.shape.map(JSONValue.integer))),
            .init("data_offsets", .array([.integer(begin), .integer(end)])),
          ])))
    }
    var json = Array(JSONValue.object(members).description.utf8)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    precondition(json.count <= SafetensorsHeader.longest, "a header of \(json.count) bytes")
    return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json
  }
}
