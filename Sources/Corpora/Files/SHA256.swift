import Compute
import Crypto
import Foundation

/// SHA-256 digests as 64 lower-case hexadecimal digits: proof that a fetched corpus is the published
/// one.
package enum SHA256 {
  /// The digest of one buffer.
  package static func hexadecimal(of bytes: some DataProtocol) -> String {
    digits(Crypto.SHA256.hash(data: bytes))
  }

  /// The digest of a file, which is read in blocks.
  ///
  /// Throws `UserError` if the file cannot be read.
  package static func hexadecimal(ofFile url: URL) throws -> String {
    var hash = Crypto.SHA256()
    let file = try InputFile(url)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while case let count = try file.fill(buffer), count > 0 {
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return digits(hash.finalize())
  }

  private static func digits(_ digest: Crypto.SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
