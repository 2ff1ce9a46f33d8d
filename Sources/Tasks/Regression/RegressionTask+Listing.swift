import Compute
import Corpora
import Runs

extension RegressionTask: Listing {
  /// A row a number that was to be predicted, in the data's unit: of which sequence or window, from 1, the
  /// number and the model's, of quantiles the median.
  package func listing(of examples: RegressionExamples) -> PredictionListing {
    var listing = PredictionListing(["sequence", "gold", "prediction"])
    for reading in core.reader.readings(of: examples.dataset) {
      let (truth, prediction) = pairs(reading, examples)
      for (truth, prediction) in zip(truth, prediction) {
        listing.add(["\(reading.example + 1)", "\(Float(truth))", "\(Float(prediction))"])
      }
    }
    return listing
  }

  /// The numbers that a reading was to predict and did, in the data's unit; of quantiles the median.
  func pairs(
    _ reading: SequenceReader.Reading, _ examples: RegressionExamples
  ) -> (truth: [Double], prediction: [Double]) {
    if let windows = examples.windows {
      let steps = forecast(reading.outputs[0], windows.scale(reading.example))
      return (windows.truth(reading.example).map(Double.init), steps.map { $0[middle] })
    }
    switch examples.dataset.targets {
    case .vectors(let vectors):
      let scale = seriesFacts.target ?? .none
      return (
        vectors[reading.example].map(scale.undone), [forecast(reading.outputs[0], scale)[0][middle]]
      )
    case .stepVectors(let vectors):
      func undone(_ values: some Sequence<Float>) -> [Double] {
        values.enumerated().map { scale(ofOutput: $0 % vectors.width).undone($1) }
      }
      return (undone(vectors[reading.example]), undone(reading.outputs.joined()))
    default: preconditionFailure("no numbers to predict")
    }
  }
}

extension RegressionTask: Ensembling {
  package func join(_ others: [RegressionTask]) throws {
    guard others.allSatisfy({ $0.levels == levels }) else {
      throw UserError.usage(
        "the runs do not predict the same: one number or other quantiles",
        hint: "name runs of the same --loss and --quantiles")
    }
    core.reader.others = others.map(\.core.reader)
  }
}
