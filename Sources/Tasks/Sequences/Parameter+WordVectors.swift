import Autodiff
import Corpora
import Foundation

extension Parameter<Float> {
  /// Replaces the first embeddings of the words that a file has vectors for; a row is a word.
  ///
  /// - Returns: how many words that are. Throws a `UserError` as `WordVectors.read` does.
  @discardableResult
  func begin(withVectorsOf url: URL, _ vocabulary: Vocabulary) throws -> Int {
    let vectors = try WordVectors.read(
      url, for: vocabulary, dimension: columns, fallsBackToLowercase: true)
    for (place, id) in vectors.ids.enumerated() {
      for column in 0..<columns {
        value[Int(id) * columns + column] = vectors.values[place * columns + column]
      }
    }
    return vectors.ids.count
  }
}
