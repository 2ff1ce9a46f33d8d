import Compute
import Testing

@Suite struct ContentDigestTests {
  // From the tests of xxHash, python-xxhash and cespare/xxhash; the lengths reach every branch.
  @Test(arguments: [
    ("", "ef46db3751d8e999"),
    ("a", "d24ec4f1a98c6e5b"),
    ("as", "1c330fb2d66be179"),
    ("asd", "631c37ce72a97393"),
    ("asdf", "415872f599cea71e"),
    ("abc", "44bc2cf5ad770999"),
    ("Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
    ("Call me Ishmael. Some years ago--never mind how long precisely-", "02a2e85470d6fd96"),
  ])
  func publishedVectors(text: String, expected: String) {
    var digest = ContentDigest()
    Array(text.utf8).withUnsafeBytes { digest.update($0) }
    #expect(digest.hexadecimal == expected)
  }

  @Test func seedTakesPart() {
    #expect(ContentDigest(seed: 2_654_435_761).value == 0xAC75_FDA2_929B_17EF)
  }

  @Test func partsOfAnyLengthGiveTheDigestOfTheWhole() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    bytes.withUnsafeBytes { whole in
      var expected = ContentDigest()
      expected.update(whole)
      for first in 0...100 {
        for second in stride(from: first, through: 200, by: 9) {
          var digest = ContentDigest()
          for part in [0..<first, first..<second, second..<200] {
            digest.update(UnsafeRawBufferPointer(rebasing: whole[part]))
          }
          #expect(digest.value == expected.value, "cut at \(first) and \(second)")
        }
      }
    }
  }
}
