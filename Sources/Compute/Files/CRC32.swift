/// Checksums of 32 bits as files of others hold them; for our own there is `ContentDigest`.
///
/// Cost: a table look-up a byte, some 400 MB/s.
package struct CRC32: Sendable {
  /// Of gzip, ZIP and PNG. Source: ISO 3309.
  package static let zip = CRC32(reversedPolynomial: 0xEDB8_8320)
  /// CRC-32C, of iSCSI and of TensorFlow's records. Source: Castagnoli et al. 1993, RFC 3720.
  package static let castagnoli = CRC32(reversedPolynomial: 0x82F6_3B78)

  private let table: [UInt32]

  private init(reversedPolynomial polynomial: UInt32) {
    table = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { value, _ in
        value & 1 == 1 ? polynomial ^ value >> 1 : value >> 1
      }
    }
  }

  package func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    let table = table
    return ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
