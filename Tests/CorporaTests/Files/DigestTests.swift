import Compute
import Corpora
import Foundation
import Testing

struct DigestTests {
  /// NIST FIPS 180-4 examples, and the million letters a of FIPS 180-2.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func sha256HasNISTsValues(text: String, expected: String) {
    #expect(SHA256.hexadecimal(of: Array(text.utf8)) == expected)
  }

  @Test func sha256DoesNotDependOnThePieces() throws {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 91) }
    for piece in [1, 55, 63, 64, 65, 129] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: piece) {
        bytes[start..<min(bytes.count, start + piece)].withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == SHA256.hexadecimal(of: bytes))
    }
    let folder = try TemporaryFolder()
    let file = try folder.file("bytes", bytes)
    #expect(try SHA256.hexadecimal(ofFile: file) == SHA256.hexadecimal(of: bytes))
  }

  @Test(arguments: [
    ("4096", 4096), ("20MB", 20_000_000), ("1.5GB", 1_500_000_000), ("64 KiB", 65536),
    ("2k", 2000), ("1TiB", 1 << 40), ("7b", 7), ("9223372036854775807", Int.max),
  ])
  func sizesAreRead(text: String, bytes: Int) throws {
    #expect(try ByteSize.parse(text) == bytes)
  }

  @Test(arguments: [
    "", "MB", "-5", "0", "1.2.3MB", "12XB", "1e9", "99999999TB", "99999999999999999999", "0.1",
    "½MB",
  ])
  func nonsensicalSizesAreRefused(text: String) {
    expectUserError(saying: "'\(text)'", "20MB") { _ = try ByteSize.parse(text) }
  }
}
