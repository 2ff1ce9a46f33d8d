import Compute
import Corpora
import Networks
import Runs

extension TranslationTask: Listing {
  /// Each source with its target and the best that was found, and ln p of that.
  package func listing(of examples: TranslationExamples) -> PredictionListing {
    let found = targets(of: (0..<examples.count).map { Array(examples.sources[$0]) })
    var listing = PredictionListing(["source", "gold", "prediction", "log_probability"])
    for (index, targets) in found.enumerated() {
      let best = targets.first
      listing.add([
        examples.texts.sources[index], language.read(examples.texts.targets[index]),
        best.map { decoding.text($0, of: examples.texts.sources[index], language) } ?? "",
        best.map { "\($0.logProbability)" } ?? "",
      ])
    }
    return listing
  }
}
