/// A message in the wire format of Protocol Buffers, as it is put together.
///
/// Messages within messages, and bytes, are kept as the pieces they came in: whatever the depth, nothing
/// large is copied before it is written to a file.
///
/// Source: protobuf.dev, "Encoding".
package struct ProtobufMessage {
  private(set) var pieces: [[UInt8]] = []
  /// Bytes of all pieces.
  private(set) var count = 0
  /// Small fields are gathered here.
  private var open: [UInt8] = []

  package init() {}

  /// An integer; negative ones take ten bytes.
  package mutating func add(_ field: Int, _ value: Int) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
  }

  package mutating func add(_ field: Int, _ value: Double) {
    key(field, wireType: 1)
    append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
  }

  /// Numbers of one repeated field, side by side.
  package mutating func add(_ field: Int, packed values: [Double]) {
    add(
      field,
      bytes: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } })
  }

  package mutating func add(_ field: Int, _ text: String) { add(field, bytes: Array(text.utf8)) }

  package mutating func add(_ field: Int, bytes: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(bytes.count))
    append(bytes)
  }

  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    key(field, wireType: 2)
    varint(UInt64(message.count))
    for piece in message.pieces { append(piece) }
    append(message.open)
  }

  /// All bytes, piece by piece.
  func forEachPiece(_ body: ([UInt8]) throws -> Void) rethrows {
    for piece in pieces { try body(piece) }
    try body(open)
  }

  /// The whole message.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    forEachPiece { bytes += $0 }
    return bytes
  }

  private mutating func key(_ field: Int, wireType: UInt64) {
    varint(UInt64(field) << 3 | wireType)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      open.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
      count += 1
    }
    open.append(UInt8(rest))
    count += 1
  }

  private mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    guard bytes.count > 4096 else {
      open += bytes
      return
    }
    pieces += [open, bytes]
    open = []
  }
}
