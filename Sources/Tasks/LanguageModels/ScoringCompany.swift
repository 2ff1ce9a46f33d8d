import Compute
import Corpora
import Networks
import Parallel
import Runs

/// What scores sentences together with a language model: models of other runs, each with the same
/// weight, and n-grams beside all of them. Probabilities are averaged word by word.
///
/// Source: Mikolov et al., "Recurrent neural network based language model" (2010), section 3.
struct ScoringCompany {
  /// They know the same vocabulary.
  var models: [LanguageModel<Float>] = []
  var ngrams: NGramModel?
  /// Of the n-grams, 0…1.
  var weight = 0.5

  var isEmpty: Bool { models.isEmpty && ngrams == nil }

  /// The log-probability of each sentence, in nats.
  ///
  /// - Parameters:
  ///   - sequences: its ids between two line ends.
  ///   - texts: its words, as blanks divide them.
  func logProbabilities(
    _ sequences: [[Int32]], of texts: [String], by model: LanguageModel<Float>, team: WorkerTeam
  ) -> [Double] {
    let logs = ([model] + models).map {
      TextLikelihoods($0, team: team, maximumRows: 64).tokenLogProbabilities(sequences)
    }
    return sequences.indices.map { index in
      let together = logs[0][index].indices.map { place in
        EnsembleMean.ofLogarithms(logs.map { $0[index][place] })
      }
      guard let ngrams else { return together.reduce(0, +) }
      let words = ngrams.scores(of: texts[index], count: together.count)
      return zip(together, words).reduce(0) { $0 + mixed($1.0, $1.1) }
    }
  }

  /// ln of the mean of two probabilities.
  private func mixed(_ network: Double, _ ngram: Double) -> Double {
    Scalar.log((1 - weight) * Scalar.exp(network) + weight * Scalar.exp(ngram))
  }
}

extension NGramModel {
  /// ln p of each word of a sentence and of its end.
  ///
  /// - Parameter count: of words, the end among them.
  fileprivate func scores(of text: String, count: Int) -> [Double] {
    let words = text.utf8.split(whereSeparator: { $0 == 0x20 || $0 &- 9 < 5 }).map {
      id(of: String(decoding: $0, as: UTF8.self))
    }
    precondition(words.count + 1 == count, "\(words.count) words, \(count) predictions")
    let all = [id(of: Self.start)] + words + [id(of: Self.end)]
    return (1..<all.count).map { logProbability(of: all[$0], after: all[..<$0]) }
  }
}
