import Interchange

/// How well a model does on data, with the task's own figures.
public struct Evaluation: Sendable {
  public let score: Score
  /// Tables for people, such as a confusion matrix; may be empty.
  public let report: String
  /// The same for machines.
  public let details: [JSONValue.Member]

  public init(score: Score, report: String = "", details: [JSONValue.Member] = []) {
    self.score = score
    self.report = report
    self.details = details
  }

  /// One object: loss, the task's figures, the number of predictions, the details.
  public var json: JSONValue {
    .object(
      [.init("loss", .number(score.loss))]
        + score.figures.map { .init($0.key, .number($0.value)) }
        + [.init("count", .integer(score.count))] + details)
  }
}
