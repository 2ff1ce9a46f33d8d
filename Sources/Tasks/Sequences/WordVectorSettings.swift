import Compute
import Corpora
import Foundation
import Runs

/// Vectors that words begin with; a part of the table `data`.
public struct WordVectorSettings: SettingsGroup {
  @Setting(path: true, "Text file of word vectors to begin with (GloVe, word2vec)")
  public var embeddings = ""
  @Setting(
    of: ["all", "vocabulary"], former: "vocabulary",
    "Vectors of the file that the run keeps: all, for words that training never shows, or those of "
      + "its vocabulary")
  public var embeddingsKeep = "all"

  @Setting("Leave the vectors of words as they begin, those without one in the file at random")
  public var freezeEmbeddings = false

  public init() {}

  public func check() throws {
    guard freezeEmbeddings, embeddings.isEmpty else { return }
    throw UserError.usage(
      "data.freeze_embeddings without vectors would leave all words as random as they begin",
      hint: "name their file with --embeddings")
  }

  var keepsAll: Bool { !embeddings.isEmpty && embeddingsKeep == "all" }

  /// The width of the vectors, where nobody asks for another.
  ///
  /// Throws a `UserError` if somebody does.
  func decided(_ embedding: Setting<Int>) throws -> [SettingsOverride] {
    guard let url = URL(named: embeddings) else { return [] }
    let asked = embedding.isGiven ? embedding.wrappedValue : nil
    let found = try WordVectors.dimension(of: url, expected: asked)
    if let asked, asked != found {
      throw UserError(
        "'\(url.path)' has vectors of \(found) numbers, but --embedding is \(asked)",
        hint: "drop --embedding, which follows the file, or use --embedding \(found)")
    }
    return [SettingsOverride("model.embedding", .integer(found))]
  }

  /// What a run has kept beside the vocabulary; nil if it has kept nothing. Throws a `UserError` for vectors of
  /// another width than the model's.
  func further(in folder: RunFolder, width: Int) throws -> FurtherVectors? {
    guard keepsAll else { return nil }
    let vectors = try FurtherVectors(contentsOf: folder.vectors)
    guard vectors.width == width else {
      throw UserError(
        "'\(folder.vectors.relativePath)' has vectors of \(vectors.width) numbers, expected "
          + "\(width) as the model has", hint: "take the file from the run again, or train anew")
    }
    return vectors
  }
}

extension FurtherVectors {
  var artifact: Artifact {
    Artifact(RunFolder.vectorsName, self, change: "its word vectors are others")
  }
}
