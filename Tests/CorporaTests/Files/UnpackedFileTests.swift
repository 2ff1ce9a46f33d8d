import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// Packed with Python's `gzip` and `lzma` and with `zstd -19`.
struct UnpackedFileTests {
  /// `b<TAB>one`, `a<TAB>two`.
  private static let small = [
    ("gzip", "H4sIAAAAAAAC/0vizM9L5UrkLCnP5wIAwZcsNQwAAAA="),
    ("zstd", "KLUv/QRoYQAAYglvbmUKYQl0d28KRLc5Aw=="),
    (
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQALYglvbmUKYQl0d28KANAoM2TnFiGEAAEkDKYY2NgftvN9AQAAAAAEWVo="
    ),
  ]
  /// A hundred thousand lines `9`: more than one block.
  private static let large = [
    (
      "gzip",
      "H4sIAAAAAAAC/+3CMQ0AAAACoN9G9i9mBn8GTQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA0wACjdcWQA0DAA=="
    ),
    (
      "zstd",
      "KLUv/QRoVAAAEDkKAQD7/+UOC0UAAAABAD0N8gsEq0l/bg=="
    ),
    (
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4w0/AGRdAByCq/wd//f/1IEKn3RzhPowEaZpp4+RC+RFpEO932qwFnAe"
        + "Vi0L6rgnHZslAj+o/1pyqZWiwsWqNBkGdox2aWWhLsiGGGVgsv9Nj/IFi2j0kUiMhwCUEpokNn9mQpAS2SxoFQAA"
        + "wsKs8FYQgpgAAYABwJoMAJl1+cqxxGf7AgAAAAAEWVo="
    ),
  ]

  private func bytes(_ text: String) throws -> [UInt8] {
    Array(try #require(Data(base64Encoded: text)))
  }

  @Test(arguments: small) func textsAreUnpacked(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    // Whatever the name says.
    let bytes = try bytes(packed)
    let texts = try LabelledTexts.read(folder.file("a.txt", bytes))
    #expect(texts.texts == ["one", "two"])
    #expect(texts.labels.names == ["a", "b"])
    // Two members are one text.
    #expect(
      try LabelledTexts.read(folder.file("b", bytes + bytes)).texts == ["one", "two", "one", "two"])
  }

  @Test(arguments: small) func damageIsNoTrap(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try bytes(packed)
    let start = kind == "gzip" ? 2 : kind == "zstd" ? 4 : 6
    for count in start..<bytes.count {
      expectUserError(saying: "cut' is compressed and cut short") {
        _ = try LabelledTexts.read(folder.file("cut", bytes[..<count]))
      }
    }
    for place in start..<bytes.count {
      var changed = bytes
      changed[place] ^= 0x55
      // Some bytes mean nothing, such as the time of gzip.
      _ = try? LabelledTexts.read(folder.file("changed", changed))
    }
    expectUserError(saying: "more' is compressed and damaged") {
      _ = try LabelledTexts.read(
        folder.file("more", bytes + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
    }
  }

  @Test(arguments: large) func corporaAreUnpacked(kind: String, packed: String) throws {
    let folder = try TemporaryFolder()
    let plain = try folder.file("plain", String(repeating: "9\n", count: 100_000))
    let file = try folder.file("packed", bytes(packed))
    for tokens in TokenKind.allCases {
      let corpora = try [plain, file].map {
        try CorpusTokenizer.tokenize(
          files: [$0], .init(tokens), cacheFolder: folder.cache, threads: 2)
      }
      #expect(corpora[0].vocabulary.digest == corpora[1].vocabulary.digest)
      #expect(corpora[0].tokens.count == corpora[1].tokens.count)
      #expect(corpora[1].tokens.count == 200_000)
    }
  }

  @Test func namesLookThroughTheEnding() {
    for (name, ending) in [
      ("a.csv", "csv"), ("a.CSV.gz", "csv"), ("a.tsv.ZST", "tsv"), ("a.gz", ""), ("a", ""),
    ] {
      #expect(URL(fileURLWithPath: "/x/\(name)").contentExtension == ending)
    }
  }
}
