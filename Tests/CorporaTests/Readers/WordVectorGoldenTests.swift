import Corpora
import Foundation
import Testing

/// Files of word vectors in many forms are read as gensim reads them.
@Suite struct WordVectorGoldenTests {
  private struct Golden: Decodable {
    let name: String
    let text: String
    let dimension: Int
    let words: [String]
    let values: [[Float]]
  }

  @Test func everyFormIsReadAsTheLibraryReadsIt() throws {
    let url = try #require(Bundle.module.url(forResource: "vectors", withExtension: "json"))
    let files = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    #expect(files.count == 40)
    let folder = try TemporaryFolder()
    for golden in files {
      // Behind them what every vocabulary has.
      let specials = ["<unk>", "<eos>"].filter { !golden.words.contains($0) }
      let vocabulary = try #require(Vocabulary.words(golden.words + specials))
      let found = try WordVectors.read(
        try folder.file("vectors.txt", golden.text), for: vocabulary)
      #expect(found.dimension == golden.dimension, "\(golden.name)")
      #expect(found.ids == Array(0..<Int32(golden.words.count)), "\(golden.name)")
      #expect(found.vectorCount - found.duplicateCount == golden.words.count, "\(golden.name)")
      #expect(found.values == golden.values.flatMap(\.self), "\(golden.name)")
    }
  }
}
