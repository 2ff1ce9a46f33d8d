import Compute
import Corpora
import Runs

extension AnsweringTask: Listing {
  /// Where each question stands, its answer and the network's.
  package func listing(of examples: StoryData) -> PredictionListing {
    var readings = [Reading?](repeating: nil, count: examples.questions.count)
    read(examples, hasTargets: true) { readings[$0.question] = $0 }
    var listing = PredictionListing(["file", "gold", "prediction"], classes: answers.names)
    for (question, reading) in zip(examples.questions, readings) {
      guard let reading else { continue }
      listing.add(
        [
          examples.files[question.file],
          question.answer < 0 ? "" : answers.names[Int(question.answer)],
          answers.names[reading.answer],
        ], probabilities: EnsembleMean.ofClasses([reading.scores]).map { Scalar.exp($0) })
    }
    return listing
  }
}
