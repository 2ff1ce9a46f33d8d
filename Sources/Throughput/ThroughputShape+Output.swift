import Autodiff
import Compute
import Networks

extension ThroughputShape {
  /// What the model ends with, as training has it where nothing more is said.
  package enum Output: String, Sendable, CaseIterable {
    case full, adaptive, sampled, nce, hierarchical
  }

  /// What tokens are drawn from; nil: all are as frequent.
  package var tokens: NoiseDistribution? {
    zipf.map { power in
      .weighted(
        AliasTable(
          (1...vocabulary).map { Scalar.exp(-power * Scalar.log(Double($0))) }))
    }
  }

  var outputForm: OutputForm {
    switch output {
    case .full: .full
    case .adaptive: .adaptive(clusters)
    case .sampled:
      .sampled(
        SampledForm(.softmax, samples: 1024, noise: .logUniform(classes: vocabulary)))
    case .nce:
      .sampled(SampledForm(.contrast, samples: 1024, noise: .unigram(counts, power: 0.75)))
    case .hierarchical: .hierarchical(HuffmanTree(counts: counts))
    }
  }

  private var clusters: VocabularyClusters {
    let cutoffs = cutoffs.filter { $0 < vocabulary }
    return cutoffs.isEmpty
      ? VocabularyClusters(
        vocabularySize: vocabulary, inputSize: hidden, counts: zipf.map { _ in counts })
      : VocabularyClusters(vocabularySize: vocabulary, cutoffs: cutoffs)
  }

  /// Of each token in a text of a thousand million.
  private var counts: [Int] {
    guard let tokens else { return [Int](repeating: 1, count: vocabulary) }
    return (0..<vocabulary).map { Int(1e9 * tokens.probability(of: $0)) }
  }
}
