import Interchange

/// How well a model does on data, with the task's own figures.
public struct Evaluation: Sendable {
  public let score: Score
  /// Tables for people, such as a confusion matrix; may be empty.
  public let report: String
  /// The same for machines.
  public let details: [JSONValue.Member]
  /// Which class was taken for which, where one of several classes is predicted.
  package var confusion: ConfusionMatrix?

  public init(score: Score, report: String = "", details: [JSONValue.Member] = []) {
    self.score = score
    self.report = report
    self.details = details
  }

  /// The same, with what a user should know of the data before all tables.
  package func told(_ warnings: [String]) -> Evaluation {
    var told = Evaluation(
      score: score,
      report: (warnings.map { "warning: \($0)" } + [report]).joined(separator: "\n"),
      details: details + [.init("warnings", .array(warnings.map { .string($0) }))])
    told.confusion = confusion
    return told
  }

  /// One object: loss, the task's figures, the number of predictions, the details.
  public var json: JSONValue {
    .object(
      [.init("loss", .number(score.loss))]
        + score.figures.map { .init($0.key, .number($0.value)) }
        + [.init("count", .integer(score.count))] + details)
  }
}
