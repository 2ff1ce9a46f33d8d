import Autodiff
import Compute
import Networks
import Runs

/// What a model that writes tokens ends with, in the table `model`.
public struct OutputSettings: SettingsGroup {
  public static let about = "The network"

  @Setting(
    of: ["full", "adaptive", "sampled", "nce", "hierarchical"],
    "A softmax over all words; over frequent ones and clusters; learnt from drawn words: a softmax, or telling noise; a tree of decisions"
  )
  public var output = "full"
  @Setting(in: 1...1_048_576, "Different words drawn for an update, of sampled and nce outputs")
  public var negatives = 1024
  @Setting(
    of: ["log-uniform", "unigram"], following: ("model.output", ["nce": "unigram"]),
    "What they are drawn from: by rank as Zipf's law has it, or by their counts")
  public var noise = "log-uniform"
  @Setting(in: NumberRange(0...1), "Power of the counts that unigram noise has")
  public var noisePower = 0.75
  @Setting("First word of each cluster of an adaptive output, by rank; empty: by cost")
  public var cutoffs: [String] = []
  @Setting(
    in: 1...256,
    "How many times narrower each cluster is than the one before; 1: not at all, without projections"
  )
  public var clusterFactor = 4

  /// - Parameter ranks: whether smaller ids are more frequent tokens; else noise is drawn by their counts.
  public init(ranks: Bool = true) {
    guard !ranks else { return }
    $noise.default = "unigram"
    $noise.declaration.isOffered = false
    $output.declaration.help =
      "A softmax over all tokens; over frequent ones and clusters; learnt from drawn ones: a softmax, or telling noise; a tree of decisions"
    $cutoffs.declaration.help =
      "First token of each cluster of an adaptive output, by rank; empty: by cost"
  }

  public func checkNewRun() throws {
    let usual = OutputSettings()
    for (option, isOther) in [
      ("--negatives", negatives != usual.negatives),
      ("--noise", $noise.isGiven && noise != usual.noise),
      ("--noise-power", noisePower != usual.noisePower),
    ] where isOther && !drawsWords {
      throw UserError.usage(
        "\(option) is of words that are drawn, but --output is '\(output)'",
        hint: "drop \(option), or add --output sampled or nce")
    }
  }
}

extension OutputSettings {
  /// Whether the output layer learns from drawn words.
  var drawsWords: Bool { output == "sampled" || output == "nce" }
  /// Whether the output is made by how often the text has each token.
  var needsCounts: Bool { output == "hierarchical" || drawsWords && noise == "unigram" }

  /// Throws a usage `UserError` for what only clusters have, of an output without.
  func checkClusters() throws {
    guard output != "adaptive" else { return }
    guard cutoffs.isEmpty else {
      throw UserError.usage(
        "--cutoffs divide the words of an adaptive output, but --output is '\(output)'",
        hint: "add --output adaptive")
    }
    guard clusterFactor == OutputSettings().clusterFactor else {
      throw UserError.usage(
        "--cluster-factor makes clusters of an adaptive output narrower, but --output is '\(output)'",
        hint: "add --output adaptive")
    }
  }

  /// What the model ends with. Throws a usage `UserError` for cut-offs that do not divide the vocabulary.
  ///
  /// - Parameter counts: of each token in the text that is learnt from, where that is known. Without, tokens
  ///   are in the order of their ranks.
  func form(classes: Int, inputSize: Int, counts: [Int]?) throws -> OutputForm {
    switch output {
    case "adaptive":
      let clusters = try clusters(classes: classes, inputSize: inputSize)
      return .adaptive(counts.map(clusters.ranked) ?? clusters)
    case "sampled", "nce":
      let noise: NoiseDistribution =
        if let counts { .unigram(counts, power: noisePower) } else {
          .logUniform(classes: classes)
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

  /// The clusters that an adaptive output has. Throws as `form`.
  func clusters(classes: Int, inputSize: Int) throws -> VocabularyClusters {
    guard classes > 1 else {
      throw UserError.usage(
        "--output adaptive divides tokens, of which there is one", hint: "use --output full")
    }
    guard !cutoffs.isEmpty else {
      return VocabularyClusters(
        vocabularySize: classes, inputSize: inputSize, factor: clusterFactor)
    }
    let ranks = cutoffs.map { Int($0) ?? 0 }
    let ends = [0] + ranks + [classes]
    guard zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw UserError.usage(
        "--cutoffs \(cutoffs.joined(separator: " ")) does not divide the vocabulary: expected "
          + "ascending whole numbers from 1 to \(classes - 1)",
        hint: "for example --cutoffs \(max(1, classes / 10)), or none, to have them chosen")
    }
    return VocabularyClusters(vocabularySize: classes, cutoffs: ranks, factor: clusterFactor)
  }
}
