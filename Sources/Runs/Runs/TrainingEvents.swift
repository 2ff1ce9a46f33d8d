import Measures
import Foundation

/// What happens during a run, for whoever shows or records it.
public enum TrainingEvent: Sendable {
  case started(RunSummary)
  case updated(UpdateReport)
  case validated(ValidationReport)
  /// An update changed nothing: what it would have learnt from was no good.
  case passedOver(PassedUpdate)
  /// Training goes on from an earlier checkpoint.
  case rolledBack(Rollback)
  /// A checkpoint is on the disk, since an update or some before.
  case saved(URL)
  /// The best weights were measured on the data of `train.test`.
  case tested(Evaluation)
  /// Something to know, in a line.
  case note(String)
  case warning(String)
  case ended(TrainingEnd)
}

public struct RunSummary: Sendable {
  public let parameters: Int
  /// The data and the model, in words.
  public let description: String
  public let measure: ProgressSnapshot.Measure?
  /// The figure of validation that picks the best weights; nil: there is no validation.
  public let monitored: String?
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

/// An update whose loss or gradient was no finite number, or whose loss was too high. Weights, moments and
/// averages stayed as they were.
public struct PassedUpdate: Sendable {
  /// Updates done, this one included.
  public let update: Int
  public let epoch: Double
  public let loss: Double
  public let learningRate: Double
  public let gradientNorm: Double
  /// Where the data stand that caused it; all of the minibatch where none of them does so alone.
  public let places: [String]

  /// In a sentence, with the first few places.
  public var text: String {
    let shown = places.prefix(4).joined(separator: ", ")
    let more = places.count > 4 ? " and \(places.count - 4) more" : ""
    return "update \(update) changed nothing: loss \(loss), gradient norm \(gradientNorm)"
      + (shown.isEmpty ? "" : "; \(shown)\(more)")
  }
}

public struct Rollback: Sendable {
  /// Updates done when training diverged, and those that training goes on from.
  public let from: Int
  public let to: Int
  /// Why, in a few words.
  public let reason: String
  /// What the schedule's rates are multiplied by from now on.
  public let rateFactor: Double
  /// Rollbacks so far, this one included.
  public let count: Int
  /// Whether validation follows before the next update.
  package let isValidationDue: Bool

  /// In a sentence.
  public var text: String {
    "training diverged at update \(from): \(reason); it goes on from update \(to) with "
      + "\(rateFactor) times the learning rate"
  }
}

public struct ValidationReport: Sendable {
  public let update: Int
  public let epoch: Double
  /// Mean since the last validation, dropout on.
  public let trainingLoss: Double?
  public let score: Score
  /// The weights are about to be the best that the run holds.
  public let isBest: Bool
}

public enum TrainingEnd: Sendable, Equatable {
  case finished
  /// Validation has not improved for `train.patience` validations.
  case stoppedEarly
  /// Asked to stop; a checkpoint is there.
  case interrupted
}
