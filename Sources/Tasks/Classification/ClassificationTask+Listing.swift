import Compute
import Corpora
import Measures
import Runs

extension ClassificationTask: Listing {
  /// Each example's label and the model's, with the probability of every label. Of several labels, which
  /// commas separate, those that are more probable than not are chosen.
  package func listing(of examples: SequenceDataset) -> PredictionListing {
    var listing = PredictionListing(["gold", "prediction"], classes: labels.names)
    for reading in core.reader.readings(of: examples) {
      let probabilities = probabilities(reading)
      let truth: [Int32] =
        switch examples.targets {
        case .classes(let ids, _): [ids[reading.example]]
        case .labels(let sets, _): Array(sets[reading.example])
        default: preconditionFailure("no classes")
        }
      let names = [
        truth.map { name($0, examples.unseen) }, chosen(probabilities).map { labels.names[$0] },
      ]
      listing.add(
        names.map { $0.joined(separator: ",") },
        probabilities: probabilities)
    }
    return listing
  }

  /// - Parameter unseen: labels that were never trained.
  private func name(_ id: Int32, _ unseen: [String]) -> String {
    Int(id) < labels.count ? labels.names[Int(id)] : unseen[Int(id) - labels.count]
  }
}
