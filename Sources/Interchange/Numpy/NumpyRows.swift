import Compute

/// The rows of an array in numpy's own format, of which some are written as an array of the same type: what lies
/// along the first dimension, whatever the elements are.
package struct NumpyRows {
  package let count: Int
  private let header: NPYHeader
  private let bytes: [UInt8]
  private let rowSize: Int

  /// Takes the bytes of an `.npy` file. Throws a `UserError` that begins with `place`.
  package init(_ bytes: [UInt8], place: String) throws {
    guard let header = NPYHeader(bytes) else {
      throw UserError(
        "\(place) is no array of numpy", hint: "write it with numpy.savez or savez_compressed")
    }
    guard !header.isFortranOrder || header.shape.count < 2 else {
      throw UserError(
        "\(place) holds its columns first", hint: "save numpy.ascontiguousarray(array)")
    }
    guard let count = header.shape.first, count > 0, !header.type.hasSuffix("O"),
      !header.type.hasPrefix("["), (bytes.count - header.end).isMultiple(of: count)
    else {
      throw UserError(
        "\(place) has the shape \(header.shape) and the type '\(header.type)', expected an example a row",
        hint: "save arrays of numbers or text whose first dimension is that of the examples")
    }
    self.bytes = bytes
    self.header = header
    self.count = count
    rowSize = (bytes.count - header.end) / count
  }

  /// The bytes of an `.npy` file of the rows at `indices`, in their order.
  package func file(of indices: [Int]) -> [UInt8] {
    let shape = [indices.count] + header.shape.dropFirst()
    return indices.reduce(into: NPYHeader.bytes(type: header.type, shape: shape)) { file, index in
      file += bytes[header.end + index * rowSize..<header.end + (index + 1) * rowSize]
    }
  }

  /// Each row as text: equal rows are one class.
  package var spellings: [String] {
    (0..<count).map { index in
      bytes[header.end + index * rowSize..<header.end + (index + 1) * rowSize]
        .map { String($0, radix: 16) }.joined(separator: ",")
    }
  }
}
