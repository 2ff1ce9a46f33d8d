import Compute
import Corpora
import Measures
import Networks
import Runs

extension TranslationTask: AlignmentShowing {
  /// Of the best that is found greedily.
  package func alignments(of examples: TranslationExamples, count: Int) -> [AlignmentPlot] {
    guard model.configuration.attention != nil else { return [] }
    let places = 0..<min(count, examples.count)
    let sources = places.map { Array(examples.sources[$0]) }
    let search = BeamSearchOptions(width: 1, count: 1, keepsWeights: true)
    let found = decoder.decode(sources, search) {
      language.longestTarget(sourceCount: sources[$0].count)
    }
    return places.compactMap {
      ShownTranslation(
        examples.texts.sources[$0], sources[$0], found[$0], language, TranslationDecoding()
      ).plot
    }
  }
}
