import Autodiff
import Compute
import Corpora
import Networks

extension LanguageModelSettings.Model {
  /// Whether the output layer learns from drawn words.
  var drawsWords: Bool { output == "sampled" || output == "nce" }
  /// Whether the output is made by how often the text has each token.
  var needsCounts: Bool { output == "hierarchical" || drawsWords && noise == "unigram" }

  /// What the model ends with. Throws a usage `UserError` for cut-offs that do not divide the vocabulary.
  ///
  /// - Parameter counts: of each token in the text that is learnt from, where that is known.
  func form(vocabularySize: Int, inputSize: Int, counts: [Int]?) throws -> OutputForm {
    switch output {
    case "adaptive":
      return .adaptive(try clusters(vocabularySize: vocabularySize, inputSize: inputSize))
    case "sampled", "nce":
      let noise: NoiseDistribution =
        if let counts { .unigram(counts, power: noisePower) } else {
          .logUniform(classes: vocabularySize)
        }
      return .sampled(
        SampledForm(output == "nce" ? .contrast : .softmax, samples: negatives, noise: noise))
    case "hierarchical":
      guard let counts, counts.count > 1 else {
        throw UserError.usage(
          "--output hierarchical decides between tokens, of which there is one",
          hint: "use --output full")
      }
      return .hierarchical(HuffmanTree(counts: counts))
    default: return .full
    }
  }

  private func clusters(vocabularySize: Int, inputSize: Int) throws -> VocabularyClusters {
    guard !cutoffs.isEmpty else {
      return VocabularyClusters(vocabularySize: vocabularySize, inputSize: inputSize)
    }
    let ranks = cutoffs.map { Int($0) ?? 0 }
    let ends = [0] + ranks + [vocabularySize]
    guard zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw UserError.usage(
        "--cutoffs \(cutoffs.joined(separator: " ")) does not divide the vocabulary: expected "
          + "ascending whole numbers from 1 to \(vocabularySize - 1)",
        hint: "for example --cutoffs \(max(1, vocabularySize / 10)), or none, to have them chosen")
    }
    return VocabularyClusters(vocabularySize: vocabularySize, cutoffs: ranks)
  }
}

extension LanguageModelSettings {
  public func check() throws {
    if model.output != "adaptive", !model.cutoffs.isEmpty {
      throw UserError.usage(
        "--cutoffs divide the words of an adaptive output, but --output is '\(model.output)'",
        hint: "add --output adaptive")
    }
    if model.tie, ["adaptive", "hierarchical"].contains(model.output) {
      throw UserError.usage(
        "--tie shares one matrix with the embedding, and --output \(model.output) has none with a row "
          + "for each token", hint: "drop one of them")
    }
    // Of stores the first one tells.
    if data.stores.isEmpty { try checkOutput(data.kind) }
  }

  /// Throws a usage `UserError` if the output needs words and tokens are something else.
  func checkOutput(_ kind: TokenKind) throws {
    guard kind != .word else { return }
    if model.output == "adaptive" {
      throw UserError.usage(
        "--output adaptive needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --tokens word")
    }
    if model.drawsWords, model.noise == "log-uniform" {
      throw UserError.usage(
        "--noise log-uniform needs a vocabulary in order of frequency, but --tokens is "
          + "'\(kind.rawValue)'", hint: "use --noise unigram, or --tokens word")
    }
  }
}
