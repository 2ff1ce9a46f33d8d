import Compute
import Networks

extension LanguageModelSettings.Model {
  /// What the model ends with. Throws a usage `UserError` for cut-offs that do not divide the vocabulary.
  func form(vocabularySize: Int, inputSize: Int) throws -> OutputForm {
    guard output == "adaptive" else { return .full }
    guard !cutoffs.isEmpty else {
      return .adaptive(VocabularyClusters(vocabularySize: vocabularySize, inputSize: inputSize))
    }
    let ranks = cutoffs.map { Int($0) ?? 0 }
    let ends = [0] + ranks + [vocabularySize]
    guard zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw UserError.usage(
        "--cutoffs \(cutoffs.joined(separator: " ")) does not divide the vocabulary: expected "
          + "ascending whole numbers from 1 to \(vocabularySize - 1)",
        hint: "for example --cutoffs \(max(1, vocabularySize / 10)), or none, to have them chosen")
    }
    return .adaptive(VocabularyClusters(vocabularySize: vocabularySize, cutoffs: ranks))
  }
}

extension LanguageModelSettings {
  public func check() throws {
    guard model.output == "adaptive" else {
      guard model.cutoffs.isEmpty else {
        throw UserError.usage(
          "--cutoffs divide the words of an adaptive output, but --output is 'full'",
          hint: "add --output adaptive")
      }
      return
    }
    guard data.tokens == "word" else {
      throw UserError.usage(
        "--output adaptive needs a vocabulary in order of frequency, but --tokens is "
          + "'\(data.tokens)'", hint: "use --tokens word")
    }
    guard !model.tie else {
      throw UserError.usage(
        "--tie shares one matrix with the embedding, but --output adaptive has several",
        hint: "drop one of them")
    }
  }
}
