import Corpora
import Foundation
import TestSupport
import Testing

/// Files of vectors that are no texts are called by their names.
@Suite struct WordVectorFormTests {
  @Test(
    arguments: [
      ([0xBA, 0x16, 0x4F, 0x2F, 12, 0, 0, 0], "a model in fastText's binary form", ".vec file"),
      ([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0], "an array of numpy", "a text file"),
    ] as [([UInt8], String, String)])
  func binaryFormsAreNamed(bytes: [UInt8], what: String, hint: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("vectors", bytes)
    let vocabulary = try #require(Vocabulary.words(["a", "<unk>", "<eos>"]))
    expectUserError(saying: "vectors' is \(what)", hint) {
      _ = try WordVectors.read(file, for: vocabulary)
    }
    expectUserError(saying: "vectors' is \(what)", hint) {
      _ = try WordVectors.dimension(of: file)
    }
  }
}
