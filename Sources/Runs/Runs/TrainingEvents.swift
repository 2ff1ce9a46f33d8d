import Measures
import Foundation

/// What happens during a run, for whoever shows or records it.
public enum TrainingEvent: Sendable {
  case started(RunSummary)
  case updated(UpdateReport)
  case validated(ValidationReport)
  case saved(URL)
  /// The best weights were measured on the data of `train.test`.
  case tested(Evaluation)
  /// Something to know, in a line.
  case note(String)
  case warning(String)
}

public struct RunSummary: Sendable {
  public let parameters: Int
  /// The data and the model, in words.
  public let description: String
  public let measure: ProgressSnapshot.Measure?
  public let updatesPerEpoch: Int
  public let totalUpdates: Int
  /// 0 for a new run.
  public let firstUpdate: Int
  public let threads: Int
}

public struct UpdateReport: Sendable {
  /// Updates done, this one included.
  public let update: Int
  public let totalUpdates: Int
  /// Epochs done, with the fraction of the running one.
  public let epoch: Double
  /// Mean over the minibatch.
  public let loss: Double
  public let learningRate: Double
  public let gradientNorm: Double
  public let tokens: Int
}

public struct ValidationReport: Sendable {
  public let update: Int
  public let epoch: Double
  /// Mean since the last validation, dropout on.
  public let trainingLoss: Double?
  public let score: Score
  public let isBest: Bool
}

public enum TrainingEnd: Sendable, Equatable {
  case finished
  /// Validation has not improved for `train.patience` validations.
  case stoppedEarly
  /// Asked to stop; a checkpoint was written.
  case interrupted
}
