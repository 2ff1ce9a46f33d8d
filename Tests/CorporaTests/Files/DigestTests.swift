import Compute
import Corpora
import Foundation
import TestSupport
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

  /// Longer than one block of reading.
  @Test func filesHaveTheDigestOfTheirBytes() throws {
    let bytes = (0..<600_001).map { UInt8(truncatingIfNeeded: $0 * 91) }
    let folder = try TemporaryFolder()
    #expect(
      try SHA256.hexadecimal(ofFile: folder.file("bytes", bytes)) == SHA256.hexadecimal(of: bytes))
    #expect(
      try SHA256.hexadecimal(ofFile: folder.file("none", "")) == SHA256.hexadecimal(of: [UInt8]()))
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
