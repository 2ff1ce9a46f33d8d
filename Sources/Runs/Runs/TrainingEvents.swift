import Measures
import Foundation

/// What happens during a run, for whoever shows or records it.
package enum TrainingEvent: Sendable {
  case started(RunSummary)
  case updated(UpdateReport)
  case validated(ValidationReport)
  case saved(URL)
  case warning(String)
}

package struct RunSummary: Sendable {
  package let parameters: Int
  /// The data and the model, in words.
  package let description: String
  package let measure: ProgressSnapshot.Measure?
  package let updatesPerEpoch: Int
  package let totalUpdates: Int
  /// 0 for a new run.
  package let firstUpdate: Int
  package let threads: Int
}

package struct UpdateReport: Sendable {
  /// Updates done, this one included.
  package let update: Int
  package let totalUpdates: Int
  /// Epochs done, with the fraction of the running one.
  package let epoch: Double
  /// Mean over the minibatch.
  package let loss: Double
  package let learningRate: Double
  package let gradientNorm: Double
  package let tokens: Int
}

package struct ValidationReport: Sendable {
  package let update: Int
  package let epoch: Double
  /// Mean since the last validation, dropout on.
  package let trainingLoss: Double?
  package let score: Score
  package let isBest: Bool
}

package enum TrainingEnd: Sendable, Equatable {
  case finished
  /// Validation has not improved for `train.patience` validations.
  case stoppedEarly
  /// Asked to stop; a checkpoint was written.
  case interrupted
}
