import Corpora
import Runs

extension RegressionTask: Listing {
  /// A row a number that was to be predicted: of which sequence, from 1, the number and the model's.
  package func listing(of examples: SequenceDataset) -> PredictionListing {
    var listing = PredictionListing(["sequence", "gold", "prediction"])
    for reading in core.reader.readings(of: examples) {
      let truth: [Float] =
        switch examples.targets {
        case .numbers(let numbers): [numbers[reading.example]]
        case .stepVectors(let vectors): Array(vectors[reading.example])
        default: preconditionFailure("no numbers to predict")
        }
      for (truth, prediction) in zip(truth, reading.outputs.joined()) {
        listing.add(["\(reading.example + 1)", "\(truth)", "\(prediction)"])
      }
    }
    return listing
  }
}
